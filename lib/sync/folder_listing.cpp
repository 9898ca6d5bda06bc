#include "sync/folder_listing.hpp"

#include <algorithm>

#include "wire/modified_utf7.hpp"

namespace outmap::sync {

bool folder_merger::below_root(const wire::list_data& list) const {
  if (root_.empty() || list.mailbox.is_inbox()) return true;
  const auto& name = list.mailbox.wire();
  if (!name.starts_with(root_)) return false;
  // The pattern also finds siblings whose names begin alike.
  return name.size() == root_.size() || root_.back() == list.delimiter || name[root_.size()] == list.delimiter;
}

void folder_merger::on_data(wire::response& data) {
  const auto* list = std::get_if<wire::list_data>(&data);
  if (list == nullptr || list->mailbox.wire().empty() || !below_root(*list)) return;
  auto at = known_.find(list->mailbox);
  if (at == known_.end()) {
    octets_ += list->mailbox.wire().size();
    if (known_.size() >= bounds_.mailboxes || octets_ > most_octets) {
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
    const bool subscribed_only = mode_ == folder_mode::subscribed;
    if (!k.listed && !(subscribed_only && k.mailbox.folder.subscribed)) continue;
    k.mailbox.doubtful = k.mailbox.doubtful || !k.listed;
    k.mailbox.shown = !subscribed_only || k.mailbox.folder.subscribed || name.is_inbox();
    out.push_back(std::move(k.mailbox));
  }
  std::stable_partition(out.begin(), out.end(), [](const listed_mailbox& m) { return m.folder.mailbox.is_inbox(); });
  return out;
}

result<void> folder_question::ask(session::session& on) {
  auto root = wire::encode_modified_utf7(account_.root_folder);
  if (!root) return fail(errc::config_invalid, "root_folder: " + root.error().detail);
  merged_.emplace(account_.limits, account_.folders, *root);
  std::vector<profile::command> asked;
  if (!root->empty()) asked.push_back(profile::list_command{"INBOX"});
  asked.push_back(profile::list_command{*root + '*'});
  asked.push_back(profile::lsub_command{*root + '*'});
  for (const auto& command : asked) {
    const auto id = on.start(command, &*merged_);
    if (!id) return tl::unexpected(id.error());
    running_.push_back(*id);
  }
  return {};
}

asio::awaitable<result<std::vector<listed_mailbox>>> folder_question::answer(session::session& on) {
  std::optional<error> refused;
  for (const auto id : running_) {
    auto done = co_await on.wait(id);
    if (done) continue;
    if (!session::is_refusal(done.error())) co_return tl::unexpected(done.error());
    const bool optional = id != running_[running_.size() - (account_.folders == folder_mode::all ? 2 : 1)];
    if (!optional) refused = done.error();
  }
  if (refused) co_return tl::unexpected(*refused);
  if (merged_->overflowed()) {
    co_return fail(errc::limit_exceeded, "the server lists more mailboxes than the limit mailboxes of " +
                                             std::to_string(account_.limits.mailboxes) +
                                             ", or names that are longer than that can be");
  }
  co_return merged_->take();
}

asio::awaitable<result<std::vector<listed_mailbox>>> list_folders(session::session& on, const account_config& account) {
  folder_question question(account);
  if (auto ok = question.ask(on); !ok) co_return tl::unexpected(ok.error());
  co_return co_await question.answer(on);
}

}  // namespace outmap::sync
