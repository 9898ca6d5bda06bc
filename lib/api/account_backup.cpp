// account::backup(): a sync that only reads, its record, its seal.
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "api/account_impl.hpp"
#include "cache/run_chain.hpp"
#include "cache/store.hpp"
#include "net/operations.hpp"
#include "outmap/backup.hpp"
#include "outmap/store.hpp"

namespace outmap {
namespace {

using namespace std::chrono_literals;

// Another run may take the lock between ours; it is short, since it has nothing new to fetch.
constexpr std::chrono::milliseconds lock_wait_for_record = 30s;
constexpr std::chrono::milliseconds between_tries = 100ms;

/// A setting that is another one for a while.
class borrowed_flag {
 public:
  borrowed_flag(bool& flag, bool now) : flag_(flag), before_(std::exchange(flag, now)) {}
  ~borrowed_flag() { flag_ = before_; }
  borrowed_flag(const borrowed_flag&) = delete;
  borrowed_flag& operator=(const borrowed_flag&) = delete;

 private:
  bool& flag_;
  bool before_;
};

const char* outcome_of(const std::optional<error>& failure) {
  if (!failure) return "complete";
  if (failure->code == errc::cancelled) return "interrupted";
  return failure->code == errc::incomplete || failure->code == errc::guard_tripped ? "partial" : "failed";
}

void count(const sync_report& from, cache::backup_record& to) {
  to.folders = from.folders.size();
  to.octets_read = from.octets_read;
  for (const auto& f : from.folders) {
    to.failed_folders += f.failure ? 1 : 0;
    to.added += f.added;
    to.flags_changed += f.flags_changed;
    to.vanished += f.vanished;
    to.bodies += f.bodies;
    to.body_octets += f.body_octets;
    to.quarantined += f.quarantined;
  }
}

backup_run public_form(const cache::backup_record& r) {
  return {r.started_at,     r.ended_at,    r.server,        r.outcome,     r.problem,      r.folders,
          r.failed_folders, r.added,       r.flags_changed, r.vanished,    r.bodies,       r.body_octets,
          r.octets_read,    r.quarantined, r.held_messages, r.held_octets, r.held_expunged};
}

}  // namespace

asio::awaitable<result<sync_report>> account::impl::sync_when_unlocked(const backup_options& options) {
  const auto until = std::chrono::steady_clock::now() + options.lock_wait;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const net::interrupter::registration stopping(stop, [&pause] { pause.cancel(); });
  while (true) {
    auto report = co_await sync(options.what);
    const bool locked = !report && report.error().code == errc::cache_locked;
    if (!locked || std::chrono::steady_clock::now() >= until || stop.interrupted()) co_return report;
    pause.expires_after(between_tries);
    co_await net::wait(pause);
  }
}

asio::awaitable<result<void>> account::impl::record_backup(cache::backup_record& run, backup_report& report) {
  const auto until = std::chrono::steady_clock::now() + lock_wait_for_record;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  auto opened = cache::store::open(config.cache, identity_of(config), {});
  while (!opened && opened.error().code == errc::cache_locked && std::chrono::steady_clock::now() < until) {
    pause.expires_after(between_tries);
    co_await net::wait(pause);
    opened = cache::store::open(config.cache, identity_of(config), {});
  }
  if (!opened) co_return tl::unexpected(opened.error());
  auto& store = **opened;
  if (auto done = store.put_backup(run); !done) co_return done;
  // What was interrupted is to end soon: the next run seals.
  if (cancelled) {
    report.unsealed = error(errc::cancelled);
    co_return result<void>{};
  }
  const auto sealed = store.put_seal(unix_now(), [this](std::uint64_t) { return !cancelled; });
  if (sealed) {
    report.seal = cache::to_hex(sealed->sum);
  } else {
    report.unsealed = sealed.error();
  }
  co_return result<void>{};
}

asio::awaitable<result<backup_report>> account::impl::backup(const backup_options& options) {
  const borrowed_flag only_reads(config.read_only, true);
  if (options.what.dry_run) {
    auto foretold = co_await sync(options.what);
    if (!foretold) co_return tl::unexpected(foretold.error());
    backup_report dry;
    dry.sync = std::move(*foretold);
    co_return dry;
  }
  cache::backup_record run;
  run.started_at = unix_now();
  run.server = config.host + ':' + std::to_string(config.effective_port());
  backup_report report;
  std::optional<error> failure;
  auto synced = co_await sync_when_unlocked(options);
  if (synced) {
    report.sync = std::move(*synced);
    failure = report.sync.failure;
    count(report.sync, run);
  } else {
    failure = synced.error();
    if (failure->reach == scope::store || failure->code == errc::config_invalid) co_return tl::unexpected(*failure);
  }
  run.ended_at = unix_now();
  run.outcome = outcome_of(failure);
  if (failure) run.problem = printable(failure->message(), 500);
  const auto recorded = co_await record_backup(run, report);
  if (!synced) co_return tl::unexpected(*failure);
  if (!recorded) {
    // Without its record it is no backup that can be proved.
    if (!report.sync.failure) report.sync.failure = recorded.error();
    report.unsealed = recorded.error();
  }
  report.run = public_form(run);
  co_return report;
}

result<std::vector<backup_run>> backup_runs(const std::filesystem::path& cache, std::size_t most) {
  std::error_code problem;
  if (!std::filesystem::exists(cache, problem))
    return fail(errc::cache_unavailable, cache.string() + ": there is no cache yet");
  const auto chain = cache::read_runs(cache::runs_of(cache));
  if (!chain) return tl::unexpected(chain.error());
  std::vector<backup_run> out;
  for (const auto& e : chain->entries) {
    if (const auto* const run = std::get_if<cache::backup_record>(&e.what)) out.push_back(public_form(*run));
  }
  // Where nothing is recorded, it may be for the file being no cache at all.
  if (out.empty()) {
    if (const auto opened = store::open(cache); !opened) return tl::unexpected(opened.error());
  }
  if (out.size() > most) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  return out;
}

}  // namespace outmap
