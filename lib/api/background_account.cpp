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

  impl(account_config c, observer* watch, dispatcher to, trace_sink* t)
      : config(std::move(c)), relay(watch, std::move(to)), trace(t), thread([this] { run(); }) {}

  template <class T, class F>
  request_id add(F what, done<T> then);
  void run();
  /// Waits; null at the end.
  bool next(request& into);
  void serve(request& what);
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
  wake.notify_one();
  return id;
}

bool background_account::impl::next(request& into) {
  std::unique_lock lock(mutex);
  wake.wait(lock, [this] { return stopping || !waiting.empty(); });
  if (stopping) return false;
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

void background_account::impl::run() {
  request now;
  while (next(now)) {
    serve(now);
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

void background_account::cancel(request_id which) noexcept {
  impl::request dropped;
  {
    const std::lock_guard lock(impl_->mutex);
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
    impl_->cancel_running();
    impl_->running_id = request_id::none;
  }
  for (auto& one : dropped) one.what(nullptr);
}

}  // namespace outmap
