#include "sync/deletion_guard.hpp"

#include <string>

namespace outmap::sync {
namespace {

constexpr std::uint64_t folders_that_may_go = 3;
constexpr unsigned share_of_folders = 50;

// Without a product that could overflow.
bool is_over(std::uint64_t gone, std::uint64_t held, unsigned percent) {
  if (percent >= 100) return false;
  const auto bound = held / 100 * percent + held % 100 * percent / 100;
  return gone > bound;
}

std::string of(std::uint64_t gone, std::uint64_t held) { return std::to_string(gone) + " of " + std::to_string(held); }

}  // namespace

std::optional<error> judge_deletions(std::string_view folder, std::uint64_t gone, std::uint64_t held,
                                     const deletion_limit& limit) {
  if (gone <= limit.messages || !is_over(gone, held, limit.percent)) return std::nullopt;
  error tripped(errc::guard_tripped, std::string(folder) + ": " + of(gone, held) +
                                         " messages are not on the server any more; none was taken for deleted");
  tripped.reach = scope::folder;
  return tripped;
}

std::optional<error> judge_lost_folders(std::uint64_t gone, std::uint64_t known, const deletion_limit& limit) {
  const auto share = limit.percent == 0 ? share_of_folders : limit.percent;
  if (gone <= folders_that_may_go || !is_over(gone, known, share)) return std::nullopt;
  error tripped(errc::guard_tripped,
                of(gone, known) + " folders are not on the server any more; nothing was done in this account");
  tripped.reach = scope::account;
  return tripped;
}

}  // namespace outmap::sync
