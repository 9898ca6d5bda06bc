// Where a command that syncs puts a cache.
#pragma once

#include "outmap/config.hpp"

namespace outmap::cli {

/// A folder that outmap has chosen itself is made; one that the user named has to be there, lest a typing error makes a
/// new mail store.
result<void> prepare_cache_folder(const account_config& config);

}  // namespace outmap::cli
