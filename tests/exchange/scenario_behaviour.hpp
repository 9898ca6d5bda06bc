// The knobs of a personality under the names that scenarios use.
#pragma once

#include "personality.hpp"
#include "toml_reader.hpp"

namespace outmap::exchange {

/// Changes what the table names. Throws toml_mistake.
void read_behaviour(toml_reader table, personality& behaves);

}  // namespace outmap::exchange
