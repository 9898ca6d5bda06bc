#include "sync/unseen_watch.hpp"

#include <utility>
#include <vector>

#include "session/throttling.hpp"
#include "sync/folder_listing.hpp"
#include "sync/tree_record.hpp"
#include "sync/unseen_counts.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {

asio::awaitable<void> unseen_watch::run(mailbox_name but, std::chrono::milliseconds interval) {
  while (!stopping_) {
    const auto ended = co_await one_connection(but, interval);
    live_.reset();
    if (stopping_) co_return;
    if (!ended) with_.watch.on_warning(ended.error());
    const auto wish = ended ? std::nullopt : session::suggested_back_off(ended.error().server_text);
    const auto wait = back_off_.next(time_.now(), wish.value_or(std::chrono::milliseconds(0)));
    alarm_.clear();
    co_await alarm_.wait_until(time_.now() + wait);
  }
}

asio::awaitable<result<void>> unseen_watch::one_connection(const mailbox_name& but,
                                                           std::chrono::milliseconds interval) {
  auto opened = co_await from_.open(session_number);
  if (!opened) co_return tl::unexpected(opened.error());
  ++connections_;
  back_off_.connected(time_.now());
  session::keep_alive_options how;
  how.may_idle = false;
  how.poll_interval = how.noop_interval;
  live_.emplace(std::move(*opened), time_, on_, how);
  auto next = time_.now();
  while (!stopping_) {
    if (time_.now() >= next) {
      if (auto ok = co_await round(*live_->on(), but); !ok) co_return ok;
      ++rounds_;
      next = time_.now() + interval;
    }
    if (stopping_) break;
    if (auto ok = co_await live_->rest(next); !ok) co_return ok;
  }
  live_->leave();
  co_await live_->on()->logout(with_.account.wait_for_logout);
  co_return result<void>{};
}

asio::awaitable<result<void>> unseen_watch::round(session::session& on, const mailbox_name& but) {
  const auto tree = co_await list_folders(on, with_.account);
  if (!tree) co_return tl::unexpected(tree.error());
  const auto ids = co_await record_tree(with_, *tree);
  if (!ids) co_return tl::unexpected(ids.error());
  std::vector<mailbox_name> names;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tree->size(); ++i) {
    const auto& m = (*tree)[i];
    if (!m.shown || m.folder.noselect || m.folder.mailbox == but) continue;
    names.push_back(m.folder.mailbox);
    places.push_back(i);
  }
  co_return co_await count_unseen(on, names, [&](std::size_t index, std::uint32_t count) {
    const auto place = places[index];
    note((*ids)[place], wire::display_name((*tree)[place].folder.mailbox.wire()), count);
  });
}

void unseen_watch::note(cache::folder_id folder, const std::string& name, std::uint32_t count) {
  const auto [at, first] = told_.emplace(folder, count);
  if (!first && std::exchange(at->second, count) == count) return;
  with_.to.post(64, [folder, count](cache::store& into) { return into.set_unseen(folder, count); });
  events_.add([&heard = with_.watch, name, count] { heard.on_unseen(name, count); });
}

void unseen_watch::stop() {
  stopping_ = true;
  alarm_.ring();
  if (live_) live_->leave();
}

void unseen_watch::suspect() {
  back_off_.reset();
  alarm_.ring();
  if (live_) live_->suspect();
}

}  // namespace outmap::sync
