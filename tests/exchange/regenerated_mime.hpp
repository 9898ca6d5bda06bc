// A message as a server makes it anew that does not keep the MIME stream (NTLM-PB9).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outmap::exchange {

/// The same content with other boundaries, of the same length, and the parts of a multipart/mixed behind its first in
/// another order. Retrieval 0 is the message as it is. A message without multipart is always the same.
std::string regenerated_mime(std::string_view octets, std::uint32_t retrieval);

}  // namespace outmap::exchange
