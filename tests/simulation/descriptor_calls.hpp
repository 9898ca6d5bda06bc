// Reading and writing what a descriptor of the machine stands for.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "simulation/device.hpp"

namespace outmap::simulation {

/// As read() and write() of a descriptor: they wait unless it is set not to.
ssize_t read_device(device& from, void* into, std::size_t size);
ssize_t write_device(device& to, const void* octets, std::size_t size);

}  // namespace outmap::simulation
