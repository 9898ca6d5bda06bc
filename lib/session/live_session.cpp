#include "session/live_session.hpp"

#include <utility>

namespace outmap::session {

asio::awaitable<result<void>> live_session::rest(clock::time_point until) {
  if (!suspected_) {
    if (auto ok = co_await alive_.run(until); !ok) co_return ok;
  }
  if (suspected_) co_return co_await prove();
  co_return result<void>{};
}

asio::awaitable<result<void>> live_session::prove() {
  ++proofs_;
  const profile::command noop = profile::noop_command{};
  auto done = co_await on_->execute(noop);
  if (!done && !is_refusal(done.error())) co_return tl::unexpected(done.error());
  suspected_ = false;
  proof_.reset();
  co_return result<void>{};
}

void live_session::suspect() {
  alive_.stop();
  // The first deadline stands: doubts that come again and again must not put it off.
  if (std::exchange(suspected_, true)) return;
  proof_.emplace(time_, time_.now() + proof_deadline,
                 [this, octets = on_->octets_read()] { close_unless_heard(octets); });
}

void live_session::close_unless_heard(std::uint64_t octets) {
  if (on_->octets_read() == octets) on_->over().close();
}

void live_session::leave() {
  alive_.stop();
  if (!farewell_) farewell_.emplace(time_, time_.now() + farewell_deadline, [this] { on_->over().close(); });
}

}  // namespace outmap::session
