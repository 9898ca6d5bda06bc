#include "sync/unseen_counts.hpp"

#include <deque>
#include <memory>

namespace outmap::sync {
namespace {

constexpr std::size_t commands_in_flight = 16;

struct status_collector final : session::responder {
  std::optional<std::uint32_t> unseen;
  void on_data(wire::response& data) override {
    if (const auto* status = std::get_if<wire::status_data>(&data); status != nullptr && status->unseen)
      unseen = status->unseen;
  }
};

struct asked {
  std::size_t index = 0;
  profile::command_id id;
  std::unique_ptr<status_collector> answer;
};

}  // namespace

asio::awaitable<result<void>> count_unseen(session::session& on, const std::vector<mailbox_name>& of,
                                           std::function<void(std::size_t, std::uint32_t)> tell) {
  std::deque<asked> running;
  std::size_t next = 0;
  while (next < of.size() || !running.empty()) {
    while (next < of.size() && running.size() < commands_in_flight) {
      auto answer = std::make_unique<status_collector>();
      const auto id = on.start(profile::status_command{of[next]}, answer.get());
      if (!id) co_return tl::unexpected(id.error());
      running.push_back({next++, *id, std::move(answer)});
    }
    const auto done = co_await on.wait(running.front().id);
    if (!done && !session::is_refusal(done.error())) co_return tl::unexpected(done.error());
    if (done && running.front().answer->unseen) tell(running.front().index, *running.front().answer->unseen);
    running.pop_front();
  }
  co_return result<void>{};
}

}  // namespace outmap::sync
