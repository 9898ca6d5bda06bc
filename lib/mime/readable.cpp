#include "outmap/readable.hpp"

#include "mime/message_parts.hpp"

namespace outmap {

readable_message make_readable(std::string_view octets, const readable_limits& limits) {
  auto out = mime::read_parts(octets.substr(0, limits.octets), limits);
  if (octets.size() > limits.octets) out.whole = false;
  return out;
}

}  // namespace outmap
