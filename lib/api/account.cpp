#include "api/account_impl.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <exception>

#include "api/opening_cache.hpp"
#include "api/watch_sessions.hpp"
#include "auth/ladder.hpp"
#include "auth/sasl_mechanism.hpp"
#include "cache/reader.hpp"
#include "cache/store.hpp"
#include "cache/writer.hpp"
#include "net/interrupter.hpp"
#include "net/operations.hpp"
#include "session/connector.hpp"
#include "sync/body_fetch.hpp"
#include "sync/engine.hpp"
#include "sync/folder_listing.hpp"
#include "sync/outbox_run.hpp"
#include "sync/unseen_counts.hpp"
#include "sync/watch.hpp"
#include "sync/writer_link.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

std::uint64_t filetime_now() {
  // Seconds between 1601 and 1970.
  constexpr std::uint64_t to_1970 = 11644473600;
  using ticks = std::chrono::duration<std::uint64_t, std::ratio<1, 10'000'000>>;
  return std::chrono::duration_cast<ticks>(std::chrono::system_clock::now().time_since_epoch()).count() +
         to_1970 * 10'000'000;
}

tls_report public_form(const net::tls_facts& f) {
  return {f.version, f.cipher, f.subject, f.issuer, f.names, f.not_before, f.not_after, f.fingerprint};
}

std::optional<tls_report> public_form(const std::optional<net::tls_facts>& f) {
  return f ? std::optional(public_form(*f)) : std::nullopt;
}

login_step public_form(const auth::ladder_step& s) {
  return {s.which, std::string(auth::to_string(s.outcome)), s.server_text, s.detail};
}

std::vector<login_step> public_form(const std::vector<auth::ladder_step>& steps) {
  std::vector<login_step> out;
  for (const auto& s : steps) out.push_back(public_form(s));
  return out;
}

}  // namespace

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string identity_of(const account_config& c) {
  return (c.principal.empty() ? c.user : c.user + '/' + c.principal) + '@' + c.host;
}

void account::impl::give_up() noexcept {
  // Far longer than the ending takes; what still waits then has lost the one who would wake it.
  constexpr std::chrono::seconds patience(10);
  const bool cancelled_before = stop.interrupted();
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    try {
      stop.interrupt();
      loop.restart();
      loop.run_until(until);
      if (loop.stopped()) break;
    } catch (...) {
      // The next round goes on with what is left.
    }
  }
  if (!cancelled_before) stop.begin_anew();
}

std::string account::impl::text_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

session::surroundings account::impl::surroundings(net::interrupter& ends, trace_sink* to) {
  session::unsolicited listen;
  listen.alert = [this](std::string_view text) { watch->on_alert(text); };
  listen.dropped = [this](const error& why) { watch->on_warning(why); };
  session::surroundings out{ends, to, auth::system_random(), filetime_now, std::move(listen), {}, {}, {}};
  if (!questions.certificate) return out;
  out.accept_certificate = [this](const error& why, const net::tls_facts& refused) {
    const bool accepted = questions.certificate({config.host, why, public_form(refused)});
    if (accepted) config.fingerprint = refused.fingerprint;
    return accepted;
  };
  return out;
}

session::surroundings account::impl::surroundings() {
  auto out = surroundings(stop, trace);
  out.on_step = [this](const auth::ladder_step& s) { watch->on_login_step(public_form(s)); };
  return out;
}

asio::awaitable<result<std::unique_ptr<session::session>>> account::impl::pass_ladder(session::connector& with) {
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  constexpr unsigned most_passwords = 3;
  std::optional<error> refusal;
  for (unsigned attempt = 1;; ++attempt) {
    if (config.password.empty() && questions.password) {
      auto answer =
          questions.password({config.host, config.user, attempt, refusal ? refusal->server_text : std::string()});
      // A cancel() that ended the question has been posted and not carried out.
      if (!answer) co_await net::take_turn(loop);
      if (stop.interrupted()) co_return fail(errc::cancelled, "");
      if (!answer && refusal) co_return tl::unexpected(*refusal);
      if (answer) config.password = std::move(*answer);
    }
    auto on = co_await with.pass_ladder();
    steps = public_form(with.steps());
    const bool ask = !on && on.error().code == errc::authentication_failed && questions.password;
    if (!ask || attempt == most_passwords) co_return on;
    refusal = on.error();
    config.password = secret();
    with.begin_anew();
  }
}

asio::awaitable<result<std::unique_ptr<session::session>>> account::impl::log_in(session::connector& with) {
  auto on = co_await pass_ladder(with);
  if (!on) co_return on;
  if (auto ok = co_await (*on)->finish_capabilities(); !ok) co_return tl::unexpected(ok.error());
  co_return on;
}

asio::awaitable<result<probe_report>> account::impl::probe() {
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  session::connector with(config, surroundings());
  auto on = co_await with.open();
  if (!on) co_return tl::unexpected(on.error());
  co_await (*on)->logout(config.wait_for_logout);
  const auto& facts = with.facts();
  probe_report report;
  report.peer = facts.peer;
  report.greeting = facts.greeting;
  report.tls = config.tls;
  report.certificate = public_form(facts.tls);
  report.capabilities_before_tls = facts.capabilities_before_tls;
  report.capabilities = facts.capabilities;
  report.ladder = public_form(auth::preview(session::policy_of(config), with.offered()));
  co_return report;
}

asio::awaitable<result<login_report>> account::impl::login() {
  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  login_report report;
  report.capabilities = (*on)->talk().known().names();
  co_await (*on)->logout(config.wait_for_logout);
  report.peer = with.facts().peer;
  report.certificate = public_form(with.facts().tls);
  report.steps = steps;
  report.preauthenticated = with.facts().preauthenticated;
  report.user = config.user;
  co_return report;
}

asio::awaitable<result<void>> account::impl::add_unseen(session::session& on, std::vector<folder_info>& to) {
  std::vector<mailbox_name> names;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!to[i].selectable) continue;
    names.push_back(to[i].mailbox);
    places.push_back(i);
  }
  co_return co_await sync::count_unseen(
      on, names, [&](std::size_t index, std::uint32_t unseen) { to[places[index]].unseen = unseen; });
}

asio::awaitable<result<std::vector<folder_info>>> account::impl::folders(bool unseen) {
  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  auto tree = co_await sync::list_folders(**on, config);
  if (!tree) co_return tl::unexpected(tree.error());
  std::vector<folder_info> out;
  for (auto& m : *tree) {
    if (!m.shown) continue;
    auto& f = m.folder;
    auto name = wire::display_name(f.mailbox.wire());
    out.push_back({std::move(f.mailbox), std::move(name), f.delimiter, !f.noselect, f.subscribed, {}});
  }
  if (unseen) {
    if (auto ok = co_await add_unseen(**on, out); !ok) co_return tl::unexpected(ok.error());
  }
  co_await (*on)->logout(config.wait_for_logout);
  co_return out;
}

result<std::unique_ptr<cache::writer>> account::impl::open_writer() const {
  if (config.cache.empty()) return fail(errc::config_invalid, "cache: is missing");
  auto opened = cache::store::open(config.cache, identity_of(config), {});
  if (!opened) return tl::unexpected(opened.error());
  return std::make_unique<cache::writer>(std::move(*opened), cache::writer::options{});
}

// The sessions that join a long run.
class account::impl::more_sessions final : public sync::session_source {
 public:
  more_sessions(account::impl& of, cache::writer& to) : of_(of), to_(to) {}

  asio::awaitable<result<std::unique_ptr<session::session>>> open(std::size_t number) override {
    auto* const trace = of_.trace != nullptr ? of_.trace->beside(number + 1) : nullptr;
    auto& ends = *ends_.emplace_back(std::make_unique<net::interrupter>());
    if (abandoned_) ends.interrupt();
    opening_ = &ends;
    session::connector with(of_.config, of_.surroundings(ends, trace));
    auto on = co_await with.log_in();
    opening_ = nullptr;
    if (on) prepare(**on, to_);
    co_return on;
  }
  void abandon() override {
    abandoned_ = true;
    if (opening_ != nullptr) opening_->interrupt();
  }

  static void prepare(session::session& on, cache::writer& to) {
    // A backup must not change what it saves (a sync here only pulls).
    on.talk().set_read_only(true);
    on.set_gate([&to] { return sync::wait_for_room(to); });
  }

 private:
  account::impl& of_;
  cache::writer& to_;
  // One for each session: one that is being opened when the work is done is no longer wanted, while the others live on
  // for their LOGOUT.
  std::vector<std::unique_ptr<net::interrupter>> ends_;
  net::interrupter* opening_ = nullptr;
  bool abandoned_ = false;
};

asio::awaitable<result<sync_report>> account::impl::sync(const sync_options& options) {
  if (options.dry_run) co_return co_await sync_dry(options);
  const auto began = std::chrono::steady_clock::now();
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  auto opening = opening_cache::begin(config);
  if (!opening) co_return tl::unexpected(opening.error());

  auto with_cache = surroundings();
  with_cache.meanwhile = [&opening] { return opening->open(); };
  session::connector with(config, std::move(with_cache));
  auto on = co_await pass_ladder(with);
  // One that cannot be used is worth more to hear of than a server that cannot be reached.
  if (auto usable = opening->open(); !usable) co_return tl::unexpected(usable.error());
  if (!on) co_return tl::unexpected(on.error());
  auto& to = opening->to();
  auto& from = opening->from();
  sync_report report;
  auto outbox = begin_outbox();
  if (outbox && *outbox != nullptr) {
    if (auto ok = co_await (*on)->finish_capabilities(); !ok) co_return tl::unexpected(ok.error());
    report.outbox = co_await (*outbox)->replay(**on, to, from, *watch, unix_now);
    if (const auto& failed = report.outbox.failure; failed && failed->reach != scope::store) {
      report.failure = failed;
      report.steps = steps;
      co_return report;
    }
  }
  more_sessions::prepare(**on, to);
  to.make_log();

  sync::sync_context context{to,
                             from,
                             config,
                             *watch,
                             unix_now,
                             options.depth == sync_depth::quick,
                             options.allow_deletions.value_or(config.deletions),
                             options.retry_quarantined};
  more_sessions more(*this, to);
  sync::engine work(context, std::move(*on), &more, [&](std::string_view name) { return matches(options, name); },
                    {config.patience});
  const net::interrupter::registration stopping(stop, [&work] { work.cancel(); });
  co_await work.run(report);
  if (outbox && *outbox != nullptr) {
    const bool everything = options.include.empty() && options.exclude.empty() && config.root_folder.empty() &&
                            config.folders == folder_mode::all;
    if (auto ok = (*outbox)->settle(report, everything); !ok) watch->on_warning(ok.error());
  }
  report.steps = steps;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  co_return report;
}

// What cannot be sent does not keep a sync from what it can do.
result<std::unique_ptr<sync::outbox_run>> account::impl::begin_outbox() {
  if (config.read_only) return nullptr;
  auto outbox = sync::outbox_run::begin(config, identity_of(config));
  if (!outbox) watch->on_warning(outbox.error());
  return outbox;
}

asio::awaitable<result<outbox_report>> account::impl::send_outbox() {
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  if (config.read_only) co_return fail(errc::read_only, "the outbox is not sent");
  auto outbox = sync::outbox_run::begin(config, identity_of(config));
  if (!outbox) co_return tl::unexpected(outbox.error());
  if (*outbox == nullptr) co_return outbox_report{};
  auto to = open_writer();
  if (!to) co_return tl::unexpected(to.error());
  auto from = cache::reader::open(config.cache);
  if (!from) co_return tl::unexpected(from.error());
  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  auto report = co_await (*outbox)->replay(**on, **to, **from, *watch, unix_now);
  if (!report.failure || report.failure->reach == scope::store) co_await (*on)->logout(config.wait_for_logout);
  auto durable = co_await sync::wait_until_durable(**to);
  if (!durable) report.failure = durable.error();
  co_return report;
}

asio::awaitable<result<fetch_report>> account::impl::fetch(const mailbox_name& mailbox, const uid_set& uids) {
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  auto to = open_writer();
  if (!to) co_return tl::unexpected(to.error());
  auto from = cache::reader::open(config.cache);
  if (!from) co_return tl::unexpected(from.error());
  sync::sync_context context{**to, **from, config, *watch, unix_now};
  context.retry_quarantined = true;
  sync::body_fetch work(context, mailbox);
  const auto needed = work.prepare(uids);
  if (!needed) co_return tl::unexpected(needed.error());
  if (!*needed) co_return work.finish();

  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  more_sessions::prepare(**on, **to);
  const auto done = co_await work.run(**on);
  auto durable = co_await sync::wait_until_durable(**to);
  if (!done) {
    co_await (*on)->logout(config.wait_for_logout);
    co_return tl::unexpected(done.error());
  }
  auto report = work.finish();
  const bool lost = report.failure && report.failure->code != errc::incomplete;
  if (!lost) co_await (*on)->logout(config.wait_for_logout);
  report.octets_read = (*on)->octets_read();
  report.steps = steps;
  if (!durable) report.failure = durable.error();
  co_return report;
}

asio::awaitable<result<watch_report>> account::impl::follow(const watch_options& options) {
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  if (auto ok = validate(options); !ok) co_return tl::unexpected(ok.error());
  if (stop.interrupted()) co_return fail(errc::cancelled, "");
  auto to = open_writer();
  if (!to) co_return tl::unexpected(to.error());
  auto from = cache::reader::open(config.cache);
  if (!from) co_return tl::unexpected(from.error());
  sync::sync_context context{**to, **from, config, *watch, unix_now, false, config.deletions};
  watch_sessions sessions(
      config, **to,
      [this](std::size_t number, net::interrupter& ends) {
        auto out = surroundings(ends, number == 0 || trace == nullptr ? trace : trace->beside(number + 1));
        if (number == 0) out.on_step = [this](const auth::ladder_step& s) { watch->on_login_step(public_form(s)); };
        return out;
      },
      [this](std::size_t number, session::connector& with) { return number == 0 ? log_in(with) : with.log_in(); });
  session::machine_clock time(loop.get_executor());
  sync::watch work(context, sessions, time, loop.get_executor(), auth::system_random(), options);
  const net::interrupter::registration stopping(stop, [&work] { work.stop(); });
  watch_report report;
  watching = &work;
  auto outcome = co_await work.run(report);
  watching = nullptr;
  if (!outcome) co_return tl::unexpected(outcome.error());
  co_return report;
}

account::account(account_config config, observer* watch, trace_sink* trace)
    : impl_(std::make_unique<impl>(std::move(config), watch, trace)) {}
account::~account() = default;
account::account(account&&) noexcept = default;
account& account::operator=(account&&) noexcept = default;

const account_config& account::config() const { return impl_->config; }
void account::ask(questions how) { impl_->questions = std::move(how); }

const std::vector<login_step>& account::steps() const { return impl_->steps; }

result<probe_report> account::probe() { return impl_->run(impl_->probe()); }
result<login_report> account::login() { return impl_->run(impl_->login()); }
result<std::vector<folder_info>> account::folders(bool unseen) { return impl_->run(impl_->folders(unseen)); }
result<outbox_report> account::send_outbox() { return impl_->run(impl_->send_outbox()); }
result<sync_report> account::sync(const sync_options& options) { return impl_->run(impl_->sync(options)); }
result<fetch_report> account::fetch(const mailbox_name& mailbox, const uid_set& uids) {
  return impl_->run(impl_->fetch(mailbox, uids));
}

result<backup_report> account::backup(const backup_options& options) { return impl_->run(impl_->backup(options)); }
result<verify_report> account::verify(const verify_options& options) { return impl_->run(impl_->verify(options)); }
result<restore_report> account::restore(const restore_options& options) { return impl_->run(impl_->restore(options)); }

result<watch_report> account::watch(const watch_options& options) { return impl_->run(impl_->follow(options)); }

void account::nudge() noexcept {
  try {
    asio::post(impl_->loop, [running = impl_.get()] {
      if (running->watching != nullptr) running->watching->nudge();
    });
  } catch (const std::exception&) {
    // Out of memory: the watch finds out by itself.
  }
}

void account::cancel() noexcept {
  try {
    impl_->cancelled = true;
    asio::post(impl_->loop, [running = impl_.get()] { running->stop.interrupt(); });
  } catch (const std::exception&) {
    // Out of memory: the operation runs on to its deadline.
  }
}

}  // namespace outmap
