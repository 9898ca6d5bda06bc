#include "cache/outbox_view.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace outmap::cache {

void outbox_view::forget() {
  box_.reset();
  if (!changes_->empty()) changes_ = std::make_shared<std::vector<queued_change>>();
}

result<std::shared_ptr<const std::vector<queued_change>>> outbox_view::changes() {
  struct stat status {};
  if (::stat(outbox_file_of(cache_file_).c_str(), &status) != 0 && errno == ENOENT) {
    forget();
    return changes_;
  }
  // What else is wrong with the file, opening it tells.
  const file_identity there{static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
  if (box_ == nullptr || there != opened_) {
    auto box = outbox::open_existing(cache_file_, account_);
    forget();
    if (!box) return tl::unexpected(std::move(box.error()));
    if (*box == nullptr) return changes_;
    box_ = std::move(*box);
    opened_ = there;
    version_ = 0;
  }
  // The version first: what is recorded in between is then read twice rather than not at all.
  const auto version = box_->version();
  if (!version) return tl::unexpected(version.error());
  if (*version == version_) return changes_;
  auto list = box_->list();
  if (!list) return tl::unexpected(std::move(list.error()));
  changes_ = std::make_shared<const std::vector<queued_change>>(std::move(*list));
  version_ = *version;
  return changes_;
}

result<void> outbox_view::message(change_id id, const std::function<bool(std::string_view)>& take) {
  if (box_ == nullptr) return fail(errc::no_such_message, "change " + std::to_string(id) + " of the outbox");
  return box_->message(id, take);
}

}  // namespace outmap::cache
