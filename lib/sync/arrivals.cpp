#include "sync/arrivals.hpp"

#include <utility>

namespace outmap::sync {
namespace {

uid_set both(const uid_set& a, const uid_set& b) { return a.without(a.without(b)); }

}  // namespace

result<void> arrivals::load(cache::reader& from) {
  auto left = from.unconfirmed(folder_);
  if (!left) return tl::unexpected(left.error());
  doubtful_ = std::move(*left);
  return {};
}

uid_set arrivals::confirm(const uid_set& asked) {
  auto came = both(asked, whole_);
  if (came.empty()) return came;
  whole_ = whole_.without(came);
  doubtful_ = doubtful_.without(came);
  complete_.add(came);
  to_.post(came.ranges().size() * sizeof(uid_range),
           [folder = folder_, came](cache::store& into) { return into.confirm(folder, came); });
  return came;
}

uid_set arrivals::doubt(const uid_set& asked) {
  auto came = both(asked, whole_);
  whole_ = whole_.without(came);
  doubtful_.add(came);
  doubted_.add(came);
  return came;
}

}  // namespace outmap::sync
