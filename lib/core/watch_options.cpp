#include "outmap/watch.hpp"

namespace outmap {
namespace {

result<void> validate(std::chrono::seconds interval, const char* name, bool may_be_never) {
  if (may_be_never && interval.count() == 0) return {};
  if (interval >= std::chrono::seconds(1) && interval <= std::chrono::hours(24)) return {};
  return fail(errc::config_invalid, std::string(name) + ": must be from one second to one day");
}

}  // namespace

result<void> validate(const watch_options& options) {
  if (options.folder.empty()) return fail(errc::config_invalid, "folder: is empty");
  if (auto ok = validate(options.rescan_interval, "rescan_interval", false); !ok) return ok;
  if (auto ok = validate(options.unseen_interval, "unseen_interval", true); !ok) return ok;
  return validate(options.poll_interval, "poll_interval", false);
}

}  // namespace outmap
