// account::sync() with sync_options::dry_run.
#include <asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/account_impl.hpp"
#include "cache/outbox_view.hpp"
#include "cache/reader.hpp"
#include "net/interrupter.hpp"
#include "sync/dry_run.hpp"

namespace outmap {
namespace {

/// The cache of that account; null where there is none yet. Nothing is made beside it.
result<std::unique_ptr<cache::reader>> open_reader(const account_config& config) {
  if (config.cache.empty()) return fail(errc::config_invalid, "cache: is missing");
  auto from = cache::reader::open_existing(config.cache);
  if (!from || *from == nullptr) return from;
  const auto owner = (*from)->account();
  if (!owner) return tl::unexpected(owner.error());
  if (*owner == identity_of(config)) return from;
  const auto unused = (*from)->may_be_taken_over(identity_of(config));
  if (!unused) return tl::unexpected(unused.error());
  if (*unused) return from;
  return fail(errc::cache_other_account,
              config.cache.string() + ": it holds the mail of " + *owner + ", not of " + identity_of(config));
}

result<std::uint64_t> waiting_changes(const account_config& config) {
  if (config.read_only) return 0;
  cache::outbox_view box(config.cache, identity_of(config));
  const auto all = box.changes();
  if (!all) return tl::unexpected(all.error());
  const auto now = unix_now();
  return static_cast<std::uint64_t>(std::count_if((*all)->begin(), (*all)->end(), [now](const queued_change& c) {
    return (c.state == change_state::waiting || c.state == change_state::in_doubt) && c.not_before <= now;
  }));
}

}  // namespace

asio::awaitable<result<sync_report>> account::impl::sync_dry(const sync_options& options) {
  const auto began = std::chrono::steady_clock::now();
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  const auto from = open_reader(config);
  if (!from) co_return tl::unexpected(from.error());
  sync_report report;
  report.forecast.emplace();
  // As in a sync, what cannot be sent is in the way of nothing else.
  const auto waiting = waiting_changes(config);
  if (waiting)
    report.forecast->waiting = *waiting;
  else
    watch->on_warning(waiting.error());

  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  (*on)->talk().set_read_only(true);
  sync::dry_run::order what{config,
                            from->get(),
                            *watch,
                            [&](std::string_view name) { return matches(options, name); },
                            unix_now,
                            options.depth == sync_depth::quick,
                            options.allow_deletions.value_or(config.deletions),
                            options.retry_quarantined};
  const auto executor = co_await asio::this_coro::executor;
  sync::dry_run work(**on, executor, std::move(what));
  const net::interrupter::registration stopping(stop, [&work] { work.cancel(); });
  const bool goes_on = co_await work.run(report);
  if (goes_on) co_await (*on)->logout(config.wait_for_logout);
  report.steps = steps;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  co_return report;
}

}  // namespace outmap
