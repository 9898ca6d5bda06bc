// A string that must not be shown.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// A password or token. Wiped when it is destroyed or overwritten; printing it is a compile error; it never
/// compares equal by accident, since it does not compare.
class secret {
 public:
  secret() = default;
  explicit secret(std::string_view value);
  secret(const secret& other);
  secret(secret&& other) noexcept;
  secret& operator=(const secret& other);
  secret& operator=(secret&& other) noexcept;
  ~secret();

  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// The only way to the octets. Keep the view no longer than the call that needs it.
  [[nodiscard]] std::string_view reveal() const { return value_; }

  friend std::ostream& operator<<(std::ostream&, const secret&) = delete;

 private:
  std::string value_;
};

/// Overwrites the octets of `value` in a way the compiler may not remove, then empties it.
void wipe(std::string& value) noexcept;

}  // namespace outmap
