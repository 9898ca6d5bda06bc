#include "sync/outbox_run.hpp"

#include "sync/outbox_replay.hpp"

namespace outmap::sync {

result<std::unique_ptr<outbox_run>> outbox_run::begin(const account_config& account, std::string_view identity) {
  auto box = cache::outbox::open_existing(account.cache, identity);
  if (!box) return tl::unexpected(box.error());
  if (*box == nullptr) return nullptr;
  const auto counts = (*box)->count();
  if (!counts) return tl::unexpected(counts.error());
  if (counts->waiting + counts->in_doubt + counts->done == 0) return nullptr;
  auto lock = cache::outbox::lock_for_sending(account.cache);
  if (!lock) return tl::unexpected(lock.error());
  return std::unique_ptr<outbox_run>(new outbox_run(account, std::move(*lock), std::move(*box)));
}

asio::awaitable<outbox_report> outbox_run::replay(session::session& on, cache::writer& to, cache::reader& from,
                                                  observer& watch, std::function<std::int64_t()> now) {
  mailbox_desk desk(on, account_.limits);
  outbox_context with{*box_, to, from, desk, account_, watch, std::move(now)};
  outbox_replay work(with);
  auto report = co_await work.run();
  last_ = work.last();
  co_return report;
}

result<void> outbox_run::settle(const sync_report& report, bool everything) {
  return settle_scanned(*box_, report, last_, everything);
}

}  // namespace outmap::sync
