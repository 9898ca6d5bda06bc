#include "sync/folder_listing.hpp"

#include <algorithm>

namespace outmap::sync {

void folder_merger::on_data(wire::response& data) {
  const auto* list = std::get_if<wire::list_data>(&data);
  if (list == nullptr || list->mailbox.wire().empty()) return;
  auto at = known_.find(list->mailbox);
  if (at == known_.end()) {
    if (known_.size() >= bounds_.mailboxes) {
      overflowed_ = true;
      return;
    }
    at = known_.emplace(list->mailbox, known{}).first;
    at->second.mailbox.folder.mailbox = list->mailbox;
  } else if (at->second.mailbox.folder.noselect != list->noselect) {
    at->second.mailbox.doubtful = true;
  }
  auto& folder = at->second.mailbox.folder;
  folder.delimiter = list->delimiter;
  folder.noselect = list->noselect;
  folder.noinferiors = list->noinferiors;
  if (list->lsub) {
    folder.subscribed = true;
  } else {
    at->second.listed = true;
  }
}

std::vector<listed_mailbox> folder_merger::take() {
  std::vector<listed_mailbox> out;
  for (auto& [name, k] : known_) {
    if (k.listed) out.push_back(std::move(k.mailbox));
  }
  std::stable_partition(out.begin(), out.end(), [](const listed_mailbox& m) { return m.folder.mailbox.is_inbox(); });
  return out;
}

asio::awaitable<result<std::vector<listed_mailbox>>> list_folders(session::session& on, const limits& bounds) {
  folder_merger merged(bounds);
  const auto list = on.start(profile::list_command{"*"}, &merged);
  if (!list) co_return tl::unexpected(list.error());
  const auto lsub = on.start(profile::lsub_command{"*"}, &merged);
  if (!lsub) co_return tl::unexpected(lsub.error());
  auto listed = co_await on.wait(*list);
  auto subscribed = co_await on.wait(*lsub);
  if (!listed) co_return tl::unexpected(listed.error());
  if (!subscribed && subscribed.error().code != errc::command_refused && subscribed.error().code != errc::command_rejected) {
    co_return tl::unexpected(subscribed.error());
  }
  if (merged.overflowed()) co_return fail(errc::limit_exceeded, "the server lists more than " + std::to_string(bounds.mailboxes) + " mailboxes");
  co_return merged.take();
}

}  // namespace outmap::sync
