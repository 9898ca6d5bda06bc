#include "sync/flag_updates.hpp"

#include <utility>

namespace outmap::sync {

void flag_updates::post() {
  if (changed_.empty()) return;
  if (told_ != nullptr) {
    uid_set which;
    for (const auto& one : changed_) which.add(one.which);
    told_->on_flags_changed(which);
  }
  const auto octets = changed_.size() * 128;
  to_.post(octets, [folder = folder_, changed = std::exchange(changed_, {})](cache::store& into) {
    result<void> ok;
    for (auto at = changed.begin(); ok && at != changed.end(); ++at) ok = into.set_flags(folder, at->which, at->flags);
    return ok;
  });
}

}  // namespace outmap::sync
