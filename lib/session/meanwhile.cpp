#include "session/meanwhile.hpp"

#include <asio/post.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace outmap::session {

struct meanwhile::work {
  std::function<result<void>()> what;
  std::optional<result<void>> outcome;
  std::exception_ptr problem;

  void run() noexcept {
    try {
      outcome = what();
    } catch (...) {
      problem = std::current_exception();
    }
  }
  [[nodiscard]] bool done() const { return outcome || problem; }
};

meanwhile::meanwhile(const asio::any_io_executor& on, std::function<result<void>()> what) {
  if (!what) return;
  work_ = std::make_shared<work>();
  work_->what = std::move(what);
  asio::post(on, [left = std::weak_ptr(work_)] {
    if (const auto still = left.lock(); still && !still->done()) still->run();
  });
}

result<void> meanwhile::finish() {
  if (!work_) return {};
  if (!work_->done()) work_->run();
  if (work_->problem) std::rethrow_exception(work_->problem);
  return *work_->outcome;
}

}  // namespace outmap::session
