// What one thread waits for while another one asks the user.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace outmap {

/// The side of a question that can be told that nobody wants the answer any more.
class pending_question {
 public:
  virtual ~pending_question() = default;
  /// wait() ends without an answer. Any thread.
  virtual void give_up() = 0;
};

/// One answer, from any thread. Only the first counts.
template <class T>
class pending_answer final : public pending_question {
 public:
  void give(T answer) { end(std::move(answer)); }
  void give_up() override { end(std::nullopt); }
  /// Nothing: it was given up.
  std::optional<T> wait() {
    std::unique_lock lock(mutex_);
    ended_or_not_.wait(lock, [this] { return ended_; });
    return std::move(answer_);
  }

 private:
  void end(std::optional<T> how) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    answer_ = std::move(how);
    ended_or_not_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable ended_or_not_;
  std::optional<T> answer_;
  bool ended_ = false;
};

/// Gives the answer up when the last copy goes: an app that drops the question has not answered it.
template <class T>
class answer_handle {
 public:
  explicit answer_handle(std::shared_ptr<pending_answer<T>> to) : to_(std::move(to)) {}
  ~answer_handle() { to_->give_up(); }
  answer_handle(const answer_handle&) = delete;
  answer_handle& operator=(const answer_handle&) = delete;
  void give(T answer) { to_->give(std::move(answer)); }

 private:
  std::shared_ptr<pending_answer<T>> to_;
};

}  // namespace outmap
