// Which server the tests of a program need.
#pragma once

#include <string>

namespace outmap::interop {

/// Why the tests of this program cannot run here; empty when they can. Each program has its own.
std::string missing_server();

}  // namespace outmap::interop
