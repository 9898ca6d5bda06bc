// account::restore(): sessions for a restorer, until it is done.
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <span>
#include <utility>

#include "api/account_impl.hpp"
#include "archive/restorer.hpp"
#include "auth/sasl_mechanism.hpp"
#include "cache/reader.hpp"
#include "net/operations.hpp"
#include "outmap/restore.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

// Sessions in a row in which nothing was done.
constexpr unsigned most_idle_sessions = 4;

bool may_try_again(const error& e) {
  switch (e.code) {
    case errc::connection_lost:
    case errc::connection_failed:
    case errc::connection_refused:
    case errc::timed_out:
    case errc::server_bye:
    case errc::greeting_bye: return true;
    default: return false;
  }
}

std::string scratch_name() {
  std::array<unsigned char, 4> random{};
  auth::system_random()(random);
  return "outmap-rehearsal-" +
         cache::to_hex(std::string_view(reinterpret_cast<const char*>(random.data()), random.size()));
}

/// Beside the cache while a restore may have something under way on a server. One that is there from before tells of a
/// process that ended in the middle. Where nothing can be written there is none.
class restoring_note {
 public:
  explicit restoring_note(std::filesystem::path cache) : file_(std::move(cache += ".restoring")) {
    std::error_code ignored;
    left_ = std::filesystem::exists(file_, ignored);
  }
  [[nodiscard]] bool left() const { return left_; }
  void write() const { std::ofstream(file_, std::ios::app).flush(); }
  void remove() const {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }

 private:
  std::filesystem::path file_;
  bool left_ = false;
};

void conclude(restore_report& report) {
  if (report.failure) return;
  if (report.mismatches > 0) {
    report.failure = error(errc::verification_failed, std::to_string(report.mismatches) + " cases");
  } else if (report.refused > 0) {
    report.failure = error(errc::incomplete, std::to_string(report.refused) + " messages or folders were not taken");
  }
}

}  // namespace

// One session's share of the work. `logged_in` is set as soon as one was.
asio::awaitable<result<void>> account::impl::restore_in_session(archive::restorer& work, const restore_options& options,
                                                                restore_report& report, bool& logged_in) {
  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  logged_in = true;
  if (options.dry_run) (*on)->talk().set_read_only(true);
  auto done = co_await work.run(**on);
  if (!done) co_return done;
  if (options.rehearse) {
    const auto removed = co_await work.remove_created(**on);
    if (!removed) report.rehearsed_in = work.into();
  }
  co_await (*on)->logout(config.wait_for_logout);
  co_return done;
}

asio::awaitable<result<restore_report>> account::impl::restore(const restore_options& options) {
  const auto began = std::chrono::steady_clock::now();
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  if (config.read_only && !options.dry_run) co_return fail(errc::read_only, "nothing is restored");
  auto from = cache::reader::open(options.from.empty() ? config.cache : options.from);
  if (!from) co_return tl::unexpected(from.error());
  const auto into = wire::encode_modified_utf7(options.rehearse ? scratch_name() : options.into);
  if (!into) co_return tl::unexpected(into.error());
  restore_report report;
  archive::restorer::order what{[&](std::string_view name) { return matches(options.folders, name); },
                                *into,
                                options.since,
                                options.expunged,
                                options.dry_run,
                                options.rehearse};
  archive::restorer work(**from, config, std::move(what), *watch, report);
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const net::interrupter::registration stopping(stop, [&pause] { pause.cancel(); });
  const restoring_note note(options.from.empty() ? config.cache : options.from);
  const auto wait_for_server = [&]() -> asio::awaitable<void> {
    pause.expires_after(config.second_look);
    co_await net::wait(pause);
  };
  if (note.left() && !options.dry_run) co_await wait_for_server();
  if (!options.dry_run) note.write();
  bool logged_in_once = false;
  std::uint64_t steps_before = 0;
  for (unsigned idle = 0;;) {
    const auto done = co_await restore_in_session(work, options, report, logged_in_once);
    if (done) break;
    if (!logged_in_once) {
      if (!options.dry_run && !note.left()) note.remove();
      co_return tl::unexpected(done.error());
    }
    idle = work.steps() == steps_before ? idle + 1 : 0;
    steps_before = work.steps();
    if (stop.interrupted() || !may_try_again(done.error()) || idle >= most_idle_sessions) {
      report.failure = stop.interrupted() ? error(errc::cancelled) : done.error();
      if (options.rehearse && report.folders_created > 0) report.rehearsed_in = work.into();
      break;
    }
    watch->on_warning(done.error());
    // What is under way on the server is to come to its end before it is looked at.
    co_await wait_for_server();
  }
  if (!options.dry_run && !work.in_doubt()) note.remove();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  conclude(report);
  co_return report;
}

}  // namespace outmap
