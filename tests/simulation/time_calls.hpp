// What time it is on the machine.
#pragma once

#include <ctime>

#include "simulation/machine.hpp"

namespace outmap::simulation {

/// A time of the steady clock, or of the other one, as one of the machine.
instant instant_of(const timespec& when);

}  // namespace outmap::simulation
