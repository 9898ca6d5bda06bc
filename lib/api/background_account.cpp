#include "outmap/background_account.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "api/event_relay.hpp"
#include "api/pending_answer.hpp"

namespace outmap {

struct background_account::impl {
  /// What a request does; without an account it only says that it was cancelled.
  using work = std::function<void(account*)>;
  struct request {
    request_id id = request_id::none;
    work what;
  };

  /// It stands until it is cancelled or fails.
  struct standing_watch {
    request_id id = request_id::none;
    watch_options how;
    done<watch_report> then;
    watch_report last;
    bool cancelled = false;
  };

  impl(account_config c, observer* watch, dispatcher to, trace_sink* t)
      : config(std::move(c)), relay(watch, std::move(to)), trace(t), thread([this] { run(); }) {}

  template <class T, class F>
  request_id add(F what, done<T> then);
  void run();
  /// Waits; null at the end.
  bool next(request& into);
  void serve(request& what);
  void serve_watch(request_id id);
  result<watch_report> watch_until_interrupted(const watch_options& how);
  questions blocking_questions();
  template <class T, class Ask>
  std::optional<T> wait_for_answer(Ask ask);
  void cancel_running();  // under the mutex

  const account_config config;
  event_relay relay;
  trace_sink* const trace;

  std::mutex mutex;  // for all below but the thread
  std::condition_variable wake;
  std::deque<request> waiting;
  std::optional<standing_watch> watching;
  std::uint64_t last_id = 0;
  request_id running_id = request_id::none;
  account* running = nullptr;
  std::shared_ptr<pending_question> asking;
  deferred_questions questions_for_app;
  bool stopping = false;

  std::thread thread;  // last: everything is there when it starts
};

template <class T, class F>
request_id background_account::impl::add(F what, done<T> then) {
  request added;
  added.what = [this, what = std::move(what), then = std::move(then)](account* on) {
    // Shared, since a std::function is copied and a report is large.
    auto outcome = std::make_shared<result<T>>(on != nullptr ? what(*on) : result<T>(fail(errc::cancelled, "")));
    if (then) relay.call([outcome, then] { then(std::move(*outcome)); });
  };
  const std::lock_guard lock(mutex);
  added.id = request_id{++last_id};
  const auto id = added.id;
  waiting.push_back(std::move(added));
  if (watching && running_id == watching->id) cancel_running();
  wake.notify_one();
  return id;
}

bool background_account::impl::next(request& into) {
  std::unique_lock lock(mutex);
  wake.wait(lock, [this] { return stopping || !waiting.empty() || watching; });
  if (stopping) return false;
  if (waiting.empty()) {
    into = {};
    into.id = running_id = watching->id;
    return true;
  }
  into = std::move(waiting.front());
  waiting.pop_front();
  running_id = into.id;
  return true;
}

void background_account::impl::cancel_running() {
  if (running != nullptr) running->cancel();
  if (asking) asking->give_up();
}

template <class T, class Ask>
std::optional<T> background_account::impl::wait_for_answer(Ask ask) {
  const auto answer = std::make_shared<pending_answer<T>>();
  {
    const std::lock_guard lock(mutex);
    if (stopping || running_id == request_id::none) return std::nullopt;
    asking = answer;
  }
  relay.call([ask = std::move(ask), handle = std::make_shared<answer_handle<T>>(answer)] {
    ask([handle](T given) { handle->give(std::move(given)); });
  });
  auto given = answer->wait();
  const std::lock_guard lock(mutex);
  asking.reset();
  return given;
}

questions background_account::impl::blocking_questions() {
  const std::lock_guard lock(mutex);
  questions out;
  if (questions_for_app.password) {
    out.password = [this, ask = questions_for_app.password](const password_question& what) {
      using answer = std::optional<secret>;
      return wait_for_answer<answer>([ask, what](auto give) { ask(what, std::move(give)); }).value_or(std::nullopt);
    };
  }
  if (questions_for_app.certificate) {
    out.certificate = [this, ask = questions_for_app.certificate](const certificate_question& what) {
      return wait_for_answer<bool>([ask, what](auto give) { ask(what, std::move(give)); }).value_or(false);
    };
  }
  return out;
}

void background_account::impl::serve(request& what) {
  account on(config, &relay, trace);
  on.ask(blocking_questions());
  {
    const std::lock_guard lock(mutex);
    running = &on;
    // Cancelled between next() and here, or the end has come.
    if (running_id != what.id || stopping) on.cancel();
  }
  what.what(&on);
  const std::lock_guard lock(mutex);
  running = nullptr;
  running_id = request_id::none;
}

result<watch_report> background_account::impl::watch_until_interrupted(const watch_options& how) {
  account on(config, &relay, trace);
  on.ask(blocking_questions());
  {
    const std::lock_guard lock(mutex);
    running = &on;
    if (stopping || !waiting.empty() || !watching || watching->cancelled) on.cancel();
  }
  auto got = on.watch(how);
  const std::lock_guard lock(mutex);
  running = nullptr;
  running_id = request_id::none;
  return got;
}

void background_account::impl::serve_watch(request_id id) {
  watch_options how;
  {
    const std::lock_guard lock(mutex);
    if (!watching || watching->id != id) return;
    how = watching->how;
  }
  auto got = watch_until_interrupted(how);
  std::optional<standing_watch> ended;
  {
    const std::lock_guard lock(mutex);
    if (stopping || !watching || watching->id != id) return;
    if (got) watching->last = *got;
    // A watch that was only interrupted gives its report, or errc::cancelled where it had not begun.
    const bool interrupted = got || got.error().code == errc::cancelled;
    if (interrupted && !watching->cancelled) return;
    ended.swap(watching);
  }
  auto outcome = std::make_shared<result<watch_report>>(ended->cancelled ? result<watch_report>(ended->last) : got);
  if (ended->then) relay.call([outcome, then = ended->then] { then(std::move(*outcome)); });
}

void background_account::impl::run() {
  request now;
  while (next(now)) {
    if (now.what) serve(now);
    if (!now.what) serve_watch(now.id);
    now = {};
  }
}

background_account::background_account(account_config config, observer* watch, dispatcher to, trace_sink* trace)
    : impl_(std::make_unique<impl>(std::move(config), watch, std::move(to), trace)) {}

background_account::~background_account() {
  impl_->relay.close();
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->waiting.clear();
    impl_->cancel_running();
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

const account_config& background_account::config() const { return impl_->config; }

void background_account::ask(deferred_questions how) {
  const std::lock_guard lock(impl_->mutex);
  impl_->questions_for_app = std::move(how);
}

request_id background_account::probe(done<probe_report> then) {
  return impl_->add<probe_report>([](account& on) { return on.probe(); }, std::move(then));
}

request_id background_account::login(done<login_report> then) {
  return impl_->add<login_report>([](account& on) { return on.login(); }, std::move(then));
}

request_id background_account::folders(bool unseen, done<std::vector<folder_info>> then) {
  return impl_->add<std::vector<folder_info>>([unseen](account& on) { return on.folders(unseen); }, std::move(then));
}

request_id background_account::sync(sync_options how, done<sync_report> then) {
  return impl_->add<sync_report>([how = std::move(how)](account& on) { return on.sync(how); }, std::move(then));
}

request_id background_account::send_outbox(done<outbox_report> then) {
  return impl_->add<outbox_report>([](account& on) { return on.send_outbox(); }, std::move(then));
}

request_id background_account::fetch(mailbox_name mailbox, uid_set uids, done<fetch_report> then) {
  return impl_->add<fetch_report>(
      [mailbox = std::move(mailbox), uids = std::move(uids)](account& on) { return on.fetch(mailbox, uids); },
      std::move(then));
}

request_id background_account::watch(watch_options how, done<watch_report> then) {
  bool taken = false;
  request_id id{};
  {
    const std::lock_guard lock(impl_->mutex);
    id = request_id{++impl_->last_id};
    taken = impl_->watching.has_value();
    if (!taken) impl_->watching = impl::standing_watch{id, std::move(how), std::move(then), {}, false};
  }
  impl_->wake.notify_one();
  if (taken && then) {
    impl_->relay.call([then = std::move(then)] { then(fail(errc::invalid_argument, "there is a watch already")); });
  }
  return id;
}

void background_account::nudge() noexcept {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->running != nullptr) impl_->running->nudge();
}

void background_account::cancel(request_id which) noexcept {
  impl::request dropped;
  {
    const std::lock_guard lock(impl_->mutex);
    // Told by its own turn, which comes now or behind what runs.
    if (impl_->watching && impl_->watching->id == which) impl_->watching->cancelled = true;
    if (which == impl_->running_id) {
      impl_->cancel_running();
      impl_->running_id = request_id::none;
      return;
    }
    for (auto at = impl_->waiting.begin(); at != impl_->waiting.end(); ++at) {
      if (at->id != which) continue;
      dropped = std::move(*at);
      impl_->waiting.erase(at);
      break;
    }
  }
  if (dropped.what) dropped.what(nullptr);
}

void background_account::cancel_all() noexcept {
  std::deque<impl::request> dropped;
  {
    const std::lock_guard lock(impl_->mutex);
    dropped.swap(impl_->waiting);
    if (impl_->watching) impl_->watching->cancelled = true;
    impl_->cancel_running();
    impl_->running_id = request_id::none;
  }
  for (auto& one : dropped) one.what(nullptr);
}

}  // namespace outmap
