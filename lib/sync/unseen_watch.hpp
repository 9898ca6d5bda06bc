// Unread counts of the other folders, in the background.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "outmap/watch.hpp"
#include "session/alarm.hpp"
#include "session/back_off.hpp"
#include "session/live_session.hpp"
#include "sync/commit_events.hpp"
#include "sync/session_source.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// Every so often LIST and LSUB, then STATUS (UNSEEN) of each folder but the watched one (OIMAP-V0044): all of it on a
/// session of its own, so that the watched folder never waits, and never in a mailbox that is selected. What fails is
/// tried again later; only the cache's failure ends it, by commit_events. Belongs to one executor.
class unseen_watch {
 public:
  /// The source's session number.
  static constexpr std::size_t session_number = 1;

  unseen_watch(sync_context& with, session_source& from, session::clock& time, const asio::any_io_executor& on,
               session::back_off::random_source random, commit_events& events)
      : with_(with),
        from_(from),
        time_(time),
        on_(on),
        events_(events),
        back_off_(std::move(random)),
        alarm_(time, on) {}

  /// Until stop(). `but` is the watched folder.
  asio::awaitable<void> run(mailbox_name but, std::chrono::milliseconds interval);
  void stop();
  void suspect();

  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

 private:
  asio::awaitable<result<void>> one_connection(const mailbox_name& but, std::chrono::milliseconds interval);
  asio::awaitable<result<void>> round(session::session& on, const mailbox_name& but);
  void note(cache::folder_id folder, const std::string& name, std::uint32_t count);

  sync_context& with_;
  session_source& from_;
  session::clock& time_;
  asio::any_io_executor on_;
  commit_events& events_;
  session::back_off back_off_;
  session::alarm alarm_;
  std::optional<session::live_session> live_;
  std::map<cache::folder_id, std::uint32_t> told_;
  bool stopping_ = false;
  std::uint64_t connections_ = 0;
  std::uint64_t rounds_ = 0;
};

}  // namespace outmap::sync
