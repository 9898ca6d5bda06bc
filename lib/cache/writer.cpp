#include "cache/writer.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace outmap::cache {
namespace {

// An idle writer spends up to half of its time on what would be left for the end.
constexpr int pause_after_idle_commit = 1;  // times what the last one took
constexpr std::uint64_t rows_worth_a_commit = 64;

/// What a copy for the one who asks costs may not be there either: then the code alone.
result<void> copy_of(const std::optional<error>& failure) noexcept {
  if (!failure) return {};
  try {
    return tl::unexpected(*failure);
  } catch (...) {
    return tl::unexpected(error(failure->code, {}));
  }
}

/// Nothing may leave the writer's thread but a result.
template <class F>
result<void> guarded(F&& work) noexcept {
  const auto thrown = [](const char* what) noexcept -> result<void> {
    try {
      return fail(errc::internal, std::string("a task of the cache's writer threw: ") + what);
    } catch (...) {
      return tl::unexpected(error(errc::internal, {}));
    }
  };
  try {
    return work();
  } catch (const std::exception& e) {
    return thrown(e.what());
  } catch (...) {
    return thrown("something");
  }
}

// The C library lets the heap of a thread grow page by page, with a system call each. SQLite takes a page of memory for
// each page of the file, so in a short run that was a tenth of the writer's time; memory that was given back once
// grows without.
void let_heap_grow() noexcept {
  constexpr std::size_t block = 100'000;  // below what would be mapped by itself
  std::array<std::unique_ptr<char[]>, 40> blocks;
  for (auto& one : blocks) one.reset(new (std::nothrow) char[block]);
  // The highest last: else each is given back to the system by itself, which stops every thread for a moment.
  for (auto& one : blocks) one.reset();
}

}  // namespace

struct writer::impl {
  using done_callback = std::function<void(const result<void>&)>;

  /// A task, or the wish to hear of the commit of everything before it.
  struct item {
    std::size_t octets = 0;
    task work;
    done_callback done;
    bool durable = false;
  };

  impl(std::unique_ptr<store> t, options h) : target(std::move(t)), how(h), thread([this] { run(); }) {}

  // On any thread.
  void enqueue(item what);

  // On the writer's thread.
  void run();
  std::optional<item> next();
  void answer_producers();
  void perform(task& work);
  void close_group();
  void commit_while_idle();
  std::chrono::nanoseconds patience() const;
  void conclude(const item& what);
  void give_up(error reason);

  bool within_bound() const { return has_failed || queued_octets < how.queue_octets; }
  bool producers_can_go_on() const { return has_failed || queued_octets <= how.queue_octets / 2; }

  const std::unique_ptr<store> target;
  const options how;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<item> queue;         // the six below: under the mutex
  std::size_t queued_octets = 0;  // of the tasks in the queue and the one that runs
  std::vector<std::function<void()>> wait_for_half;
  std::vector<std::function<void()>> call_now;
  bool has_failed = false;
  bool stopping = false;

  std::optional<error> failure;  // the six below: only the writer's thread
  std::optional<std::chrono::steady_clock::time_point> last_commit;
  std::chrono::nanoseconds idle_commit_took{0};
  bool group_open = false;
  std::size_t group_octets = 0;
  std::size_t group_tasks = 0;

  std::thread thread;  // last: everything is there when it starts
};

void writer::impl::enqueue(item what) {
  {
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(what));
  }
  wake.notify_one();
}

void writer::impl::run() {
  let_heap_grow();
  while (auto what = next()) {
    if (what->work) {
      perform(what->work);
      what->work = nullptr;  // gives its memory back before the queue says it is free
    }
    {
      const std::lock_guard lock(mutex);
      queued_octets -= what->octets;
    }
    group_octets += what->octets;
    if (what->done || group_octets >= how.group_octets || group_tasks >= how.group_tasks) close_group();
    if (what->done) conclude(*what);
    answer_producers();
  }
  close_group();
}

/// The next item, in its turn; nothing when the writer is to end and everything is done.
std::optional<writer::impl::item> writer::impl::next() {
  std::unique_lock lock(mutex);
  const auto awaited = [&] { return stopping || !queue.empty() || !call_now.empty(); };
  for (;;) {
    bool commits = group_open && !awaited();
    if (commits && last_commit) commits = !wake.wait_until(lock, *last_commit + patience(), awaited);
    if (!commits) wake.wait(lock, awaited);
    if (commits || !call_now.empty()) {
      lock.unlock();
      if (commits) commit_while_idle();
      answer_producers();
      lock.lock();
      continue;
    }
    if (queue.empty()) return std::nullopt;
    item what = std::move(queue.front());
    queue.pop_front();
    return what;
  }
}

void writer::impl::answer_producers() {
  std::vector<std::function<void()>> now;
  std::vector<std::function<void()>> at_half;
  {
    const std::lock_guard lock(mutex);
    now.swap(call_now);
    if (producers_can_go_on()) at_half.swap(wait_for_half);
  }
  for (const auto& callback : now) callback();
  for (const auto& callback : at_half) callback();
}

void writer::impl::perform(task& work) {
  if (failure) return;
  if (!group_open) {
    if (auto begun = guarded([&] { return target->begin(); }); !begun) return give_up(std::move(begun.error()));
    group_open = true;
  }
  ++group_tasks;
  if (auto outcome = guarded([&] { return work(*target); }); !outcome) give_up(std::move(outcome.error()));
}

/// How long after the last commit a dry queue is taken for a reason to commit.
std::chrono::nanoseconds writer::impl::patience() const {
  const std::chrono::nanoseconds longest = how.commit_interval;
  return target->rows_changed() < rows_worth_a_commit ? longest
                                                      : std::min(longest, idle_commit_took * pause_after_idle_commit);
}

void writer::impl::close_group() {
  if (group_open && !failure) {
    if (auto committed = guarded([&] { return target->commit(); }); !committed) give_up(std::move(committed.error()));
    last_commit = std::chrono::steady_clock::now();
  }
  group_open = false;
  group_octets = 0;
  group_tasks = 0;
}

void writer::impl::commit_while_idle() {
  const auto began = std::chrono::steady_clock::now();
  close_group();
  if (failure) return;
  target->checkpoint();
  last_commit = std::chrono::steady_clock::now();
  idle_commit_took = *last_commit - began;
}

void writer::impl::conclude(const item& what) {
  if (what.durable && !failure) {
    if (auto synced = guarded([&] { return target->make_durable(); }); !synced) give_up(std::move(synced.error()));
  }
  what.done(copy_of(failure));
}

void writer::impl::give_up(error reason) {
  target->rollback();
  failure = std::move(reason);
  const std::lock_guard lock(mutex);
  has_failed = true;
}

writer::writer(std::unique_ptr<store> target, options how) : impl_(std::make_unique<impl>(std::move(target), how)) {}

writer::~writer() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

bool writer::post(std::size_t octets, task what) {
  bool room = false;
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->has_failed) return true;
    impl_->queue.push_back({octets, std::move(what), {}, false});
    impl_->queued_octets += octets;
    room = impl_->within_bound();
  }
  impl_->wake.notify_one();
  return room;
}

bool writer::has_room() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->within_bound();
}

bool writer::failed() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->has_failed;
}

void writer::on_room(std::function<void()> ready) {
  {
    const std::lock_guard lock(impl_->mutex);
    // With a bound of 0 there is never room, but an empty queue can take a task.
    auto& waiting = impl_->within_bound() || impl_->producers_can_go_on() ? impl_->call_now : impl_->wait_for_half;
    waiting.push_back(std::move(ready));
  }
  impl_->wake.notify_one();
}

void writer::flush(std::function<void(const result<void>&)> done) { impl_->enqueue({0, {}, std::move(done), false}); }

void writer::flush_durably(std::function<void(const result<void>&)> done) {
  impl_->enqueue({0, {}, std::move(done), true});
}

void writer::make_log() {
  // In one piece with its commit: one that an idle writer makes would empty the log again.
  impl_->enqueue({0, [](store& into) { return into.make_log(); }, [](const result<void>&) {}, false});
}

result<void> writer::flush_and_wait() {
  // Shared: the writer may still be inside set_value() when get() has returned here.
  const auto promise = std::make_shared<std::promise<result<void>>>();
  auto outcome = promise->get_future();
  flush([promise](const result<void>& r) { promise->set_value(r); });
  return outcome.get();
}

}  // namespace outmap::cache
