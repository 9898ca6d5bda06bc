#include "cache/claim.hpp"

#include "cache/schema.hpp"

namespace outmap::cache {

result<claim> claim::take(const std::filesystem::path& file, bool create) {
  auto path = resolve(file);
  if (!path) return tl::unexpected(path.error());
  // Before the lock: beside a file that is not ours, nothing shall appear.
  const auto state = look_at(*path, migrations());
  if (!state) return tl::unexpected(state.error());
  if (*state != file_state::cache && !create) {
    return fail(errc::cache_unavailable, path->string() + ": there is no cache yet");
  }
  auto lock = file_lock::take(path->native() + ".lock");
  if (!lock) return tl::unexpected(std::move(lock.error()));
  return claim(std::move(*path), *state, std::move(*lock));
}

bool claim::opens_at_once() const { return state_ == file_state::cache && is_settled(file_, migrations()); }

}  // namespace outmap::cache
