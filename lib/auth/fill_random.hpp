// The one place where a mechanism asks for random octets.
#pragma once

#include <span>

#include "auth/sasl_mechanism.hpp"

namespace outmap::auth {

/// Error mechanism_failed when there is no source or it throws: a mechanism never goes on with predictable octets.
result<void> fill_random(const random_source& random, std::span<unsigned char> out);

}  // namespace outmap::auth
