#include "outmap/process.hpp"

#include "cache/memory_statistics.hpp"

namespace outmap {

bool keep_no_memory_statistics() noexcept { return cache::switch_off_memory_statistics(); }

}  // namespace outmap
