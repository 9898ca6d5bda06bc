#include "cli/cache_folder.hpp"

#include "cli/locations.hpp"

namespace outmap::cli {

result<void> prepare_cache_folder(const account_config& config) {
  if (config.cache.empty()) return fail(errc::invalid_argument, "no home folder is known: name the cache with --cache");
  if (config.cache != default_cache_file(config.name)) return {};
  return make_private_folder(config.cache.parent_path());
}

}  // namespace outmap::cli
