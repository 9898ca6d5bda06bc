#include "sync/folder_review.hpp"

#include <algorithm>

#include "sync/deletion_guard.hpp"
#include "sync/folder_records.hpp"

namespace outmap::sync {

result<void> folder_review::recall() {
  if (from_ == nullptr) return {};
  auto start = from_->start_of(mailbox_);
  if (!start) return tl::unexpected(start.error());
  start_ = *start;
  if (by_.quick && start_.scanned_at != 0 && start_.last.value != UINT32_MAX) above_ = start_.last;
  return {};
}

result<void> folder_review::opened(const selection& now) {
  const auto refuse = [&](errc code, const char* why) {
    error e(code, name_ + ": " + why);
    e.reach = scope::folder;
    return tl::unexpected(e);
  };
  if (!now.validity()) return refuse(errc::unsupported_mailbox, "no UIDVALIDITY (OIMAP-V0037)");
  if (!now.exists()) return refuse(errc::unsupported_mailbox, "no EXISTS (OIMAP-V0036)");
  if (judged_) {
    if (*now.validity() == validity_) return {};
    return refuse(errc::unexpected_response, "UIDVALIDITY has changed during the run; the next one begins anew");
  }
  validity_ = *now.validity();
  has_opened_ = true;
  count_.begin(*now.exists());
  validity_changed_ = start_.uid_validity.value != 0 && start_.uid_validity != validity_;
  // Also true for a run that goes on where one was stopped after such a change.
  may_adopt_ = validity_changed_ || start_.adoptable;
  fresh_ = start_.uid_validity != validity_;
  return {};
}

result<bool> folder_review::worth_listing() {
  if (count_.exists != 0) return true;
  if (fresh_ || from_ == nullptr) return false;
  const auto held = from_->message_states(start_.id, uid{0}, 1);
  if (!held) return tl::unexpected(held.error());
  return !held->empty();
}

std::pair<profile::command, std::unique_ptr<session::responder>> folder_review::listing(
    scan_merge::flags_listener changed) {
  merge_ = std::make_unique<scan_merge>(
      [this] {
        // A part of a listing says nothing about pages.
        if (fresh_ || above_.value != 0 || from_ == nullptr) return result<std::vector<cache::listed_page>>();
        return from_->listed_pages(start_.id);
      },
      [this](uid after, std::size_t most) {
        if (fresh_ || from_ == nullptr) return result<std::vector<cache::message_state>>();
        return held_states(*from_, start_.id, std::max(after, above_), most, wants_dates());
      },
      std::move(changed));
  auto set = profile::message_set::all();
  if (above_.value != 0) set.text = std::to_string(above_.value + 1) + ":*";
  return {profile::uid_fetch_command{std::move(set), profile::fetch_form::uid_flags},
          std::make_unique<listing_collector>(count_, *merge_, above_)};
}

result<folder_review::step> folder_review::listed() {
  auto plan = merge_->finish();
  merge_.reset();
  if (!plan) return tl::unexpected(plan.error());
  plan_ = std::move(*plan);
  if (above_.value != 0) {
    // As many more as came: nothing has gone.
    const bool nothing_gone = !fresh_ && count_.exists == start_.exists + plan_.listed;
    above_ = {};
    plan_.settled.clear();
    if (nothing_gone) {
      listed_whole_ = false;
      plan_.listed = count_.expected;
      return step::judge;
    }
    count_.expected = count_.exists;
    return step::list;
  }
  // What contradicts EXISTS is asked for once more behind a NOOP, which lets the server tell what it has removed.
  if (plan_.listed < count_.expected && !counted_again_) {
    counted_again_ = true;
    return step::recount;
  }
  return step::judge;
}

void folder_review::doubt_listing() {
  if (plan_.listed >= count_.expected) return;
  doubt_ = error(errc::unexpected_response, name_ + ": the server counts " + std::to_string(count_.exists) +
                                                " messages and lists " + std::to_string(plan_.listed) +
                                                ", so nothing was taken for expunged");
  doubt_->reach = scope::folder;
  plan_.vanished = {};
  plan_.settled.clear();
}

// Before anything is done about what the listing says.
result<std::optional<error>> folder_review::guard() {
  const auto known = plan_.listed - plan_.new_messages.size();
  auto held = known + plan_.vanished.size();
  auto gone = plan_.vanished.size();
  if (validity_changed_) {
    // Nobody knows which are which; but fewer are fewer.
    const auto before = from_->folder(mailbox_);
    if (!before) return tl::unexpected(before.error());
    held = before->messages;
    gone = held - std::min<std::uint64_t>(held, plan_.listed);
  }
  auto tripped = judge_deletions(name_, gone, held, by_.deletions);
  if (!tripped) return std::nullopt;
  plan_.vanished = {};
  plan_.settled.clear();
  if (!fresh_) {
    // New mail is not to wait for that.
    doubt_ = std::move(*tripped);
    return std::nullopt;
  }
  // What is there by the old UIDs stays as it is until somebody decides.
  plan_ = {};
  return tripped;
}

result<std::optional<error>> folder_review::judge() {
  judged_ = true;
  doubt_listing();
  return guard();
}

uid_set folder_review::missing(const uid_set& doubtful) const {
  auto out = bodies() ? plan_.without_body : plan_.without_header;
  out.add(doubtful.without(plan_.vanished));
  return out;
}

folder_review::wants folder_review::choose(const uid_set& missing, const quarantine_judgement& judged) const {
  wants out;
  out.messages = missing.without(judged.leave);
  out.messages.add(judged.ask);
  out.headers = plan_.without_header;
  if (bodies()) out.headers.add(plan_.without_date);
  out.headers = out.headers.without(judged.leave);
  return out;
}

}  // namespace outmap::sync
