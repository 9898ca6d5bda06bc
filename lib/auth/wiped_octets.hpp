// Fixed-size octets that do not outlive their use.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "outmap/secret.hpp"

namespace outmap::auth {

/// A key or a password hash of `N` octets, overwritten when destroyed. Copies are wiped each for itself.
template <std::size_t N>
class wiped_octets {
 public:
  wiped_octets() = default;
  wiped_octets(const wiped_octets&) = default;
  wiped_octets& operator=(const wiped_octets&) = default;
  ~wiped_octets() { OPENSSL_cleanse(octets_.data(), N); }

  [[nodiscard]] unsigned char* data() { return octets_.data(); }
  [[nodiscard]] const unsigned char* data() const { return octets_.data(); }
  [[nodiscard]] static constexpr std::size_t size() { return N; }
  /// Valid as long as this object.
  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(octets_.data()), N}; }

 private:
  std::array<unsigned char, N> octets_{};
};

/// A string that is overwritten when destroyed: a password on its way into a hash. Neither copied nor moved, so that
/// no second copy exists.
class wiped_string {
 public:
  wiped_string() = default;
  explicit wiped_string(std::string value) : value_(std::move(value)) {}
  wiped_string(const wiped_string&) = delete;
  wiped_string& operator=(const wiped_string&) = delete;
  ~wiped_string() { wipe(value_); }

  [[nodiscard]] std::string& value() { return value_; }
  [[nodiscard]] std::string_view view() const { return value_; }

 private:
  std::string value_;
};

/// A public value of fixed size, a challenge or a response, as octets.
template <std::size_t N>
[[nodiscard]] std::string_view view_of(const std::array<unsigned char, N>& octets) {
  return {reinterpret_cast<const char*>(octets.data()), N};
}

}  // namespace outmap::auth
