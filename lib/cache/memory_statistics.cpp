#include "cache/memory_statistics.hpp"

#include <sqlite3.h>

namespace outmap::cache {

bool switch_off_memory_statistics() noexcept { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK; }

}  // namespace outmap::cache
