// TCP ports on 127.0.0.1 that nobody listens on right now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace outmap::test {

/// So many different ones, chosen by the system. Another program may take them before the caller does: be ready to ask
/// again. Throws std::system_error.
std::vector<std::uint16_t> free_loopback_ports(std::size_t count);
std::uint16_t free_loopback_port();

}  // namespace outmap::test
