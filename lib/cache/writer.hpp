// The thread that owns the write connection, and the bounded queue before it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "cache/store.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Takes tasks in order, groups them into transactions and commits when the queue runs dry, when a group has held
/// `group_octets` or `group_tasks`, or on flush(). A task that fails ends the writer: its group is rolled back, the error
/// is kept and given to every flush(), later tasks are dropped. Thread-safe.
class writer {
 public:
  using task = std::function<result<void>(store&)>;

  struct options {
    std::size_t queue_octets = std::size_t{32} << 20;  ///< beyond it post() asks the producer to wait
    std::size_t group_octets = std::size_t{16} << 20;
    std::size_t group_tasks = 4096;
  };

  explicit writer(std::unique_ptr<store> target, options how);
  /// Finishes what is queued, commits, joins.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// Queues a task that holds about `octets` of memory. False: the queue is over its bound, wait for on_room().
  bool post(std::size_t octets, task what);
  [[nodiscard]] bool has_room() const;
  /// Calls `ready` once, on the writer's thread, as soon as there is room (or the writer has failed); at once if there is.
  void on_room(std::function<void()> ready);
  /// Calls `done` once, on the writer's thread, after everything posted before is committed, or with the error.
  void flush(std::function<void(const result<void>&)> done);
  /// As flush(), and durable at power loss when `done` is called.
  void flush_durably(std::function<void(const result<void>&)> done);
  /// Blocks until everything posted is committed.
  result<void> flush_and_wait();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::cache
