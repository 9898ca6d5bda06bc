// How many bodies one command asks for.
#pragma once

#include <algorithm>
#include <cstdint>

namespace outmap::sync {

/// A link that is cut costs what has come of the commands under way, for it has to be asked for again: a command asks
/// for about `octets` of what bodies have been so far, and for no more than half of what has been carried to its end since
/// something was lost. So a link that is cut again and again gets further each time. Pure.
class command_size {
 public:
  static constexpr std::uint64_t most = 500;
  static constexpr std::uint64_t first = 64;
  static constexpr std::uint64_t after_loss = 8;
  static constexpr std::uint64_t octets = std::uint64_t{8} << 20;

  [[nodiscard]] std::uint64_t now() const {
    const auto limit = std::clamp(complete_ / 2, least_, most);
    if (bodies_ == 0) return limit;
    return std::clamp<std::uint64_t>(octets * bodies_ / std::max<std::uint64_t>(1, octets_), 1, limit);
  }
  void came(std::uint64_t body) {
    ++bodies_;
    octets_ += body;
  }
  void complete(std::uint64_t bodies) { complete_ += bodies; }
  void lost() {
    complete_ = 0;
    least_ = after_loss;
  }

 private:
  std::uint64_t least_ = first;
  std::uint64_t complete_ = 0;  // since the last loss
  std::uint64_t bodies_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace outmap::sync
