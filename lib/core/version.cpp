#include "outmap/version.hpp"

#define OUTMAP_TEXT_(x) #x
#define OUTMAP_TEXT(x) OUTMAP_TEXT_(x)

namespace outmap {

const char* version() noexcept {
  return OUTMAP_TEXT(OUTMAP_VERSION_MAJOR) "." OUTMAP_TEXT(OUTMAP_VERSION_MINOR) "." OUTMAP_TEXT(OUTMAP_VERSION_PATCH);
}

}  // namespace outmap
