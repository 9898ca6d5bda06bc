// Tags as Outlook makes them (OIMAP-C0001).
#pragma once

#include <functional>
#include <span>
#include <string>

namespace outmap::profile {

/// Fills the span with random octets.
using random_source = std::function<void(std::span<unsigned char>)>;

/// Draws tags of four characters a-z 0-9.
class tag_source {
 public:
  explicit tag_source(random_source random) : random_(std::move(random)) {}
  std::string next();

 private:
  random_source random_;
};

}  // namespace outmap::profile
