// Tags as Outlook makes them (OIMAP-C0001).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::profile {

/// Fills the span with random octets.
using random_source = std::function<void(std::span<unsigned char>)>;

/// Draws tags of four characters a-z 0-9. None comes twice in a connection (RFC 3501, section 2.2.1; XIMAP-V0001) but one
/// that was drawn `before_anew` tags before: of a few hundred that are drawn at random, two are equal too often.
class tag_source {
 public:
  /// Half of all there are.
  static constexpr std::size_t before_anew = std::size_t{36} * 36 * 36 * 36 / 2;

  explicit tag_source(random_source random) : random_(std::move(random)) {}
  std::string next();
  /// Whether next() could have drawn it.
  static bool could_be_ours(std::string_view tag);

 private:
  std::size_t draw();

  random_source random_;
  std::vector<bool> drawn_;  // by number
  std::size_t count_ = 0;
};

}  // namespace outmap::profile
