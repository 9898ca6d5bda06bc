// Ends all waiting of a run at once.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <map>

namespace outmap::net {

/// Transports register their close function; interrupt() calls them all and lets later ones fail at once. Belongs to
/// one executor.
class interrupter {
 public:
  class registration {
   public:
    registration(interrupter& owner, std::function<void()> stop) : owner_(owner), key_(owner.add(std::move(stop))) {}
    ~registration() { owner_.remove(key_); }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;

   private:
    interrupter& owner_;
    std::uint64_t key_;
  };

  void interrupt();
  /// After everything has ended.
  void begin_anew() { interrupted_ = false; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

 private:
  std::uint64_t add(std::function<void()> stop);
  void remove(std::uint64_t key) { stops_.erase(key); }

  std::map<std::uint64_t, std::function<void()>> stops_;
  std::uint64_t last_ = 0;
  bool interrupted_ = false;
};

}  // namespace outmap::net
