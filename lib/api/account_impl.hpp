// What stands behind account: its members are spread over account.cpp and account_*.cpp.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/records.hpp"
#include "cache/writer.hpp"
#include "net/interrupter.hpp"
#include "net/operations.hpp"
#include "net/spawn.hpp"
#include "outmap/account.hpp"
#include "outmap/backup.hpp"
#include "outmap/restore.hpp"
#include "outmap/verify.hpp"
#include "session/connector.hpp"
#include "sync/outbox_run.hpp"
#include "sync/watch.hpp"

namespace outmap {
namespace archive {
class restorer;
}

std::int64_t unix_now();

// Whose mail a cache holds. The port is left out: the same account is reached through several.
std::string identity_of(const account_config& config);

struct account::impl {
  impl(account_config c, observer* w, trace_sink* t)
      : config(std::move(c)), watch(w != nullptr ? w : &silent), trace(t) {
    if (config.name.empty()) config.name = identity_of(config);
    net::reserve_timers(loop);
  }

  // Runs one coroutine to its end on this thread.
  template <class T>
  result<T> run(asio::awaitable<result<T>> work) {
    result<T> out = fail(errc::internal, "the operation ended without a result");
    const auto ended = [&](const std::exception_ptr& problem, result<T> got) {
      if (problem) got = fail(errc::internal, text_of(problem));
      out = std::move(got);
    };
    asio::post(loop, [&] { net::spawn(loop.get_executor(), std::move(work), ended); });
    loop.restart();
    try {
      loop.run();
    } catch (...) {
      give_up();
      out = fail(errc::internal, text_of(std::current_exception()));
    }
    return out;
  }

  // What an exception has left behind in the loop comes to its end: everything that waits is interrupted.
  void give_up() noexcept;

  static std::string text_of(const std::exception_ptr& problem);

  // `ends` interrupts what works with them.
  session::surroundings surroundings(net::interrupter& ends, trace_sink* to);
  session::surroundings surroundings();

  class more_sessions;

  asio::awaitable<result<probe_report>> probe();
  asio::awaitable<result<login_report>> login();
  asio::awaitable<result<std::vector<folder_info>>> folders(bool unseen);
  asio::awaitable<result<void>> add_unseen(session::session& on, std::vector<folder_info>& to);
  asio::awaitable<result<sync_report>> sync(const sync_options& options);
  asio::awaitable<result<watch_report>> follow(const watch_options& options);
  asio::awaitable<result<fetch_report>> fetch(const mailbox_name& mailbox, const uid_set& uids);
  asio::awaitable<result<outbox_report>> send_outbox();
  result<std::unique_ptr<sync::outbox_run>> begin_outbox();
  asio::awaitable<result<std::unique_ptr<session::session>>> log_in(session::connector& with);
  asio::awaitable<result<std::unique_ptr<session::session>>> pass_ladder(session::connector& with);
  result<std::unique_ptr<cache::writer>> open_writer() const;

  // account_dry_run.cpp
  asio::awaitable<result<sync_report>> sync_dry(const sync_options& options);
  // account_backup.cpp
  asio::awaitable<result<backup_report>> backup(const backup_options& options);
  asio::awaitable<result<sync_report>> sync_when_unlocked(const backup_options& options);
  asio::awaitable<result<void>> record_backup(cache::backup_record& run, backup_report& report);
  // account_verify.cpp
  asio::awaitable<result<verify_report>> verify(const verify_options& options);
  // account_restore.cpp
  asio::awaitable<result<restore_report>> restore(const restore_options& options);
  asio::awaitable<result<void>> restore_in_session(archive::restorer& work, const restore_options& options,
                                                   restore_report& report, bool& logged_in);

  account_config config;
  observer silent;
  observer* watch;
  trace_sink* trace;
  asio::io_context loop{1};
  net::interrupter stop;
  std::atomic<bool> cancelled{false};  // as stop, and seen where nothing is awaited
  std::vector<login_step> steps;
  sync::watch* watching = nullptr;  // for nudge()
  outmap::questions questions;
};

}  // namespace outmap
