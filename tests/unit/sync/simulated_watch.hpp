// A watch of a simulated server in simulated time, with a real cache.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "simulated_clock.hpp"
#include "simulated_server.hpp"
#include "support/audit_report.hpp"
#include "support/temp_dir.hpp"
#include "sync/watch.hpp"

namespace outmap::test {

/// A mail of that number.
std::string mail_text(unsigned number);

/// Keeps what a watch tells, and looks each thing up in the cache as it comes.
class watch_recorder final : public observer {
 public:
  std::set<std::uint32_t> held;     ///< by on_message_new and on_message_expunged
  std::vector<std::string> events;  ///< "new 4", "changed 4", "gone 4", "unseen News 3", "connected", …
  std::vector<std::string> warnings;
  std::vector<error> disconnections;
  std::vector<std::chrono::milliseconds> waits;
  std::uint64_t not_in_cache = 0;  ///< events of which the cache knew nothing yet
  cache::reader* from = nullptr;
  std::function<void()> on_event;

  void on_message_new(std::string_view, uid which) noexcept override;
  void on_message_changed(std::string_view, uid which) noexcept override;
  void on_message_expunged(std::string_view, uid which) noexcept override;
  void on_unseen(std::string_view folder, std::uint32_t count) noexcept override;
  void on_connected() noexcept override { note("connected"); }
  void on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept override;
  void on_warning(const error& why) noexcept override { warnings.push_back(why.message()); }

  [[nodiscard]] std::size_t count(const std::string& event) const;
  [[nodiscard]] std::size_t index_of(const std::string& event) const;

 private:
  void note(std::string event);
  [[nodiscard]] bool cached(uid which) const;
};

class simulated_watch : private sync::session_source {
 public:
  explicit simulated_watch(watch_options how = {}, std::uint32_t seed = 1);
  ~simulated_watch() override;

  asio::io_context loop{1};
  simulated_clock time;
  simulated_server server{loop.get_executor(), time};
  watch_recorder heard;
  audited_trace trace;
  account_config account;
  watch_report report;
  /// The result of the watch; nothing while it runs.
  std::optional<result<void>> outcome;
  std::optional<error> login_error;  ///< instead of a session

  /// The cache and the watch begin with the first call.
  sync::watch& work();
  /// Lets everything happen that can happen now.
  void settle();
  void advance(std::chrono::milliseconds by);
  void stop();

  /// UID and whether it is seen, of INBOX.
  [[nodiscard]] std::map<std::uint32_t, bool> cached();
  [[nodiscard]] std::map<std::uint32_t, bool> served() const;
  [[nodiscard]] std::uint64_t tombstones();

 private:
  asio::awaitable<result<std::unique_ptr<session::session>>> open(std::size_t number) override;
  void abandon() override {}

  watch_options how_;
  temp_dir dir_;
  std::mt19937 random_;
  std::unique_ptr<cache::writer> to_;
  std::unique_ptr<cache::reader> from_;
  std::unique_ptr<sync::sync_context> context_;
  std::unique_ptr<sync::watch> work_;
};

}  // namespace outmap::test
