// SQLite's account of the memory it has.
#pragma once

namespace outmap::cache {

/// Of the whole process. False once SQLite has begun its work.
bool switch_off_memory_statistics() noexcept;

}  // namespace outmap::cache
