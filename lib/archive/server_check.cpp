#include "archive/server_check.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "sync/message_likeness.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::archive {
namespace {

// What is compared is held in memory, twice.
constexpr std::uint64_t most_compared = std::uint64_t{256} << 20;

constexpr double of_all_bits = 1.0 / 18446744073709551616.0;

bool goes_on(const error& e) {
  return session::is_refusal(e) || e.code == errc::unsupported_mailbox || e.code == errc::incomplete;
}

std::string shown(const flag_set& flags) {
  const auto text = flags.to_string();
  return text.empty() ? "none" : printable(text, 200);
}

}  // namespace

void server_check::found(finding_kind kind, uid which, std::string what) {
  if (!is_explained(kind)) ++report_.mismatches;
  if (report_.findings.size() < verify_report::most_findings)
    report_.findings.push_back({kind, name_, which, std::move(what)});
}

asio::awaitable<result<void>> server_check::run() {
  const auto folders = from_.folders();
  if (!folders) co_return tl::unexpected(folders.error());
  so_far_.folders_total = folders->size();
  for (const auto& folder : *folders) {
    name_ = wire::display_name(folder.listed.mailbox.wire());
    const bool never_opened = folder.uid_validity.value == 0 && folder.messages == 0;
    if (folder.listed.noselect || folder.gone || never_opened || !what_.wants(name_)) continue;
    ++report_.folders;
    so_far_.folder = name_;
    if (auto done = co_await check(folder); !done) {
      if (!goes_on(done.error())) co_return done;
      found(finding_kind::folder_missing, uid{0}, printable(done.error().message(), 300));
    }
    ++so_far_.folders_done;
    watch_.on_progress(so_far_);
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> server_check::check(const cache::folder_record& folder) {
  const auto opened = co_await desk_.open(folder.listed.mailbox);
  if (!opened) co_return tl::unexpected(opened.error());
  const auto cached = from_.message_states(folder.id);
  if (!cached) co_return tl::unexpected(cached.error());
  report_.messages += cached->size();
  if (opened->validity != folder.uid_validity) {
    found(finding_kind::uid_validity, uid{0},
          "UIDVALIDITY is " + std::to_string(opened->validity.value) + " on the server and " +
              std::to_string(folder.uid_validity.value) + " in the cache");
    co_return result<void>{};
  }
  std::map<uid, flag_set> theirs;
  if (opened->exists > 0) {
    auto listed = co_await desk_.all_flags();
    if (!listed) co_return tl::unexpected(listed.error());
    theirs = std::move(*listed);
  }
  uid_set there;
  for (const auto& ours : *cached) {
    const auto at = theirs.find(ours.uid);
    if (at == theirs.end()) {
      found(finding_kind::missing_on_server, ours.uid, "in the cache, and not on the server any more");
      continue;
    }
    if (at->second != ours.flags) {
      found(finding_kind::flags_differ, ours.uid,
            "flags are " + shown(at->second) + " on the server and " + shown(ours.flags) + " in the cache");
    }
    if (ours.has_body) there.add(ours.uid);
    theirs.erase(at);
  }
  const auto last = cached->empty() ? uid{0} : cached->back().uid;
  for (const auto& [which, flags] : theirs) {
    if (which > last) {
      ++report_.newer;
    } else {
      found(finding_kind::missing_in_cache, which, "on the server, and not in the cache");
    }
  }
  if (what_.content) co_return co_await compare_content(folder, there);
  co_return result<void>{};
}

asio::awaitable<result<void>> server_check::compare_content(const cache::folder_record& folder, const uid_set& there) {
  const auto all = there.to_vector();
  std::vector<uid> chosen;
  for (const auto which : all) {
    const bool take = what_.sample >= 1.0 || static_cast<double>(what_.random()) * of_all_bits < what_.sample;
    if (take) chosen.push_back(which);
  }
  if (chosen.empty() && !all.empty()) chosen.push_back(all[what_.random() % all.size()]);
  so_far_.messages_total += chosen.size();
  for (const auto which : chosen) {
    if (auto done = co_await compare(folder, which); !done) {
      if (!goes_on(done.error())) co_return done;
      found(finding_kind::not_delivered, which, printable(done.error().message(), 300));
    }
    ++so_far_.messages_done;
    watch_.on_progress(so_far_);
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> server_check::compare(const cache::folder_record& folder, uid which) {
  std::string ours;
  auto read = from_.body(folder.id, which, [&](std::string_view piece) {
    ours += piece;
    return ours.size() <= most_compared;
  });
  if (!read && read.error().code == errc::cache_damaged) {
    found(finding_kind::damaged, which, printable(read.error().detail, 300));
    co_return result<void>{};
  }
  if (!read) co_return read;
  const auto theirs = co_await desk_.message(which, most_compared);
  if (!theirs) co_return tl::unexpected(theirs.error());
  ++report_.bodies;
  report_.octets += ours.size();
  so_far_.octets += ours.size();
  if (!*theirs) {
    found(finding_kind::not_delivered, which, "the server lists the message and does not deliver it");
  } else if (**theirs == ours) {
    ++report_.same;
  } else if (sync::likeness_of(ours, **theirs) == sync::likeness::same) {
    ++report_.rewritten;
    found(finding_kind::rewritten, which,
          "other octets, the same text: the server writes the message anew at each retrieval (" +
              std::to_string(ours.size()) + " octets in the cache, " + std::to_string((*theirs)->size()) +
              " now; NTLM-PB9)");
  } else {
    found(finding_kind::content_differs, which,
          std::to_string(ours.size()) + " octets in the cache, " + std::to_string((*theirs)->size()) +
              " on the server, and they do not stand for the same text");
  }
  co_return result<void>{};
}

}  // namespace outmap::archive
