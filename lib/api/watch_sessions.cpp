#include "api/watch_sessions.hpp"

#include "sync/writer_link.hpp"

namespace outmap {

asio::awaitable<result<std::unique_ptr<session::session>>> watch_sessions::open(std::size_t number) {
  auto& mine = slots_[number];
  mine.ends = std::make_unique<net::interrupter>();
  if (abandoned_) mine.ends->interrupt();
  mine.opening = true;
  session::connector with(config_, with_(number, *mine.ends));
  auto on = co_await log_in_(number, with);
  mine.opening = false;
  if (on) {
    // A watch only listens.
    (*on)->talk().set_read_only(true);
    (*on)->set_gate([&to = to_] { return sync::wait_for_room(to); });
  }
  co_return on;
}

void watch_sessions::abandon() {
  abandoned_ = true;
  for (auto& [number, one] : slots_) {
    if (one.opening) one.ends->interrupt();
  }
}

}  // namespace outmap
