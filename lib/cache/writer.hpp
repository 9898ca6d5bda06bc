// The thread that owns the write connection, and the bounded queue before it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "cache/store.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Takes tasks in order, groups them into transactions and commits when a group has held `group_octets` or
/// `group_tasks`, on flush(), and when the queue is dry and `commit_interval` has passed since the last commit: each
/// commit waits for the disk, so on a slow link not every message has its own. With more than a few rows to commit a dry
/// queue waits less, as long as idle commits take a small part of the time. A task that fails (or throws) ends the
/// writer: its group is rolled back, the error is kept and given to every flush(), later tasks are dropped.
/// Thread-safe.
///
/// Tasks and callbacks run on the writer's thread, one at a time, with no lock held: they may call post(), on_room()
/// and flush(), but not flush_and_wait(), nor destroy the writer. Callbacks must not throw.
class writer {
 public:
  using task = std::function<result<void>(store&)>;

  struct options {
    std::size_t queue_octets = std::size_t{16} << 20;  ///< beyond it post() asks the producer to wait
    std::size_t group_octets = std::size_t{32} << 20;  ///< not held in memory: they are on their way to the disk
    std::size_t group_tasks = 16384;
    std::chrono::milliseconds commit_interval{500};
  };

  writer(std::unique_ptr<store> target, options how);
  /// Finishes what is queued, commits, calls what waits, joins.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// Queues a task that holds about `octets` of memory; it is taken in any case. False: the queue is now over its
  /// bound, wait for on_room() before the next. So the queue is over its bound by one task a producer at most. After a
  /// failure the task is dropped and the answer is true.
  bool post(std::size_t octets, task what);
  /// The queue is within its bound, or the writer has failed.
  [[nodiscard]] bool has_room() const;
  /// A task has failed, so nothing will be stored any more; flush() says why.
  [[nodiscard]] bool failed() const;
  /// Calls `ready` once, on the writer's thread: without delay if there is room, else as soon as the queue has fallen
  /// to half its bound (so that a producer is not woken for every task) or the writer has failed.
  void on_room(std::function<void()> ready);
  /// Calls `done` once, on the writer's thread, after everything posted before is committed, or with the error.
  void flush(std::function<void(const result<void>&)> done);
  /// As flush(), and durable at power loss when `done` is called.
  void flush_durably(std::function<void(const result<void>&)> done);
  /// Posts store::make_log() and commits it: for a moment at which the disk has nothing else to do.
  void make_log();
  /// Blocks until everything posted is committed.
  result<void> flush_and_wait();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
