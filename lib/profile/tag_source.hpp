// Tags as Outlook makes them (OIMAP-C0001).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace outmap::profile {

/// Fills the span with random octets.
using random_source = std::function<void(std::span<unsigned char>)>;

/// Draws tags of four characters a-z 0-9.
class tag_source {
 public:
  explicit tag_source(random_source random) : random_(std::move(random)) {}
  std::string next();
  /// Whether next() could have drawn it.
  static bool could_be_ours(std::string_view tag);

 private:
  random_source random_;
};

}  // namespace outmap::profile
