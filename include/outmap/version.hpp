// Version of the library, at compile time and at run time.
#pragma once

#include "outmap/visibility.hpp"

#define OUTMAP_VERSION_MAJOR 0
#define OUTMAP_VERSION_MINOR 1
#define OUTMAP_VERSION_PATCH 0

namespace outmap OUTMAP_PUBLIC {

/// "0.1.0": of the library that is linked, which can differ from the header that was compiled.
const char* version() noexcept;

}  // namespace outmap
