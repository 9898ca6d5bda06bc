// A TCP port on 127.0.0.1 that nobody listens on right now.
#pragma once

#include <cstdint>

namespace outmap::test {

/// Chosen by the system. Another program may take it before the caller does: be ready to ask again.
/// Throws std::system_error.
std::uint16_t free_loopback_port();

}  // namespace outmap::test
