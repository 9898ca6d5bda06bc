#include "outmap/search.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <tuple>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/reader.hpp"
#include "outmap/account.hpp"
#include "search/cache_stamp.hpp"
#include "search/finder.hpp"
#include "search/index_file.hpp"
#include "search/indexer.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

bool holds(const std::optional<bool>& wanted, const flag_set& flags, system_flag flag) {
  return !wanted || *wanted == flags.has(flag);
}

bool flags_fit(const search_query& query, const flag_set& flags) {
  return holds(query.seen, flags, system_flag::seen) && holds(query.flagged, flags, system_flag::flagged) &&
         holds(query.answered, flags, system_flag::answered) && holds(query.draft, flags, system_flag::draft) &&
         holds(query.deleted, flags, system_flag::deleted);
}

bool date_fits(const search_query& query, const std::optional<internal_date>& date) {
  if (!query.since && !query.before) return true;
  return date && (!query.since || date->unix_seconds >= *query.since) &&
         (!query.before || date->unix_seconds < *query.before);
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

std::optional<cache::digest> digest_from(std::string_view hex) {
  cache::digest out{};
  if (hex.size() != 2 * out.size()) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto high = hex_digit(hex[2 * i]);
    const auto low = hex_digit(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    out[i] = static_cast<unsigned char>(*high << 4 | *low);
  }
  return out;
}

// A message that fits, before its header is read.
struct fitting {
  std::size_t folder = 0;  // of the folders' list
  stored_message message;
  std::int64_t date = 0;
};

// The newest first.
bool comes_before(const fitting& a, const fitting& b) {
  return std::tuple(-a.date, a.folder, b.message.uid) < std::tuple(-b.date, b.folder, a.message.uid);
}

}  // namespace

struct mail_search::impl {
  std::filesystem::path cache;
  std::filesystem::path file;
  std::string account;
  store mail;
  std::optional<cache::database> index;
  /// Why `index` is only read: nothing can be written beside the cache.
  std::optional<error> unwritable = std::nullopt;

  result<void> open_index();
  result<void> open_as_it_is(const error& why);
  result<void> bring_up_to_date(index_report& report, const std::atomic<bool>& stop,
                                const std::function<void(const index_report&)>& step);
  result<void> update_once(index_report& report, const std::atomic<bool>& stop,
                           const std::function<void(const index_report&)>& step);
  result<void> index_unsent(search::indexer& into, index_report& report);
  result<void> collect(const search::candidates_of& from, const search_query& query, std::size_t folder,
                       std::vector<fitting>& into);
  result<void> collect_unsent(const stored_folder& in, search::finder& words, const search_query& query,
                              std::size_t folder, std::vector<fitting>& into);
  result<std::vector<fitting>> everything_that_fits(const search_query& query,
                                                    const std::vector<stored_folder>& folders);
};

mail_search::mail_search(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
mail_search::~mail_search() = default;
mail_search::mail_search(mail_search&&) noexcept = default;
mail_search& mail_search::operator=(mail_search&&) noexcept = default;

result<mail_search> mail_search::open(const std::filesystem::path& cache) {
  auto mail = store::open(cache);
  if (!mail) return tl::unexpected(std::move(mail.error()));
  auto account = mail->account();
  if (!account) return tl::unexpected(std::move(account.error()));
  auto where = cache::resolve(cache);
  if (!where) return tl::unexpected(std::move(where.error()));
  auto index = search::index_file_of(*where);
  return mail_search(std::make_unique<impl>(
      impl{std::move(*where), std::move(index), std::move(*account), std::move(*mail), std::nullopt}));
}

result<void> mail_search::impl::open_index() {
  if (index) return {};
  auto opened = search::open_index(file, account);
  if (!opened && cache::is_unwritable(opened.error())) return open_as_it_is(opened.error());
  if (!opened) return tl::unexpected(std::move(opened.error()));
  index = std::move(*opened);
  return {};
}

result<void> mail_search::impl::open_as_it_is(const error& why) {
  auto opened = search::open_index_as_it_is(file, account);
  if (!opened || !*opened) return tl::unexpected(why);
  index = std::move(*opened);
  unwritable = why;
  return {};
}

// Drafts and the like, which have no place in the cache yet. What is moved or copied is indexed already.
result<void> mail_search::impl::index_unsent(search::indexer& into, index_report& report) {
  const auto folders = mail.folders();
  if (!folders) return tl::unexpected(folders.error());
  for (const auto& folder : *folders) {
    if (folder.unsent == 0) continue;
    std::vector<stored_message> unsent;
    auto read = mail.messages(folder.mailbox, [&](const stored_message& m) {
      if (m.unsent) unsent.push_back(m);
      return true;
    });
    if (!read) return read;
    for (const auto& message : unsent) {
      const auto digest = digest_from(message.body_digest);
      if (!digest) continue;
      constexpr std::size_t most = std::size_t{16} << 20;
      std::string octets;
      auto got = mail.body(folder.mailbox, *message.unsent, [&](std::string_view piece) {
        octets += piece.substr(0, most - octets.size());
        return octets.size() < most;
      });
      if (got) got = into.add_document(*digest, octets);
      if (!got) report.failures.push_back(got.error());
    }
  }
  return {};
}

result<void> mail_search::impl::bring_up_to_date(index_report& report, const std::atomic<bool>& stop,
                                                 const std::function<void(const index_report&)>& step) {
  const auto stamp = search::stamp_of(cache, std::time(nullptr));
  cache::statement known(*index, "SELECT stamp FROM meta WHERE id = 1");
  std::string last;
  const auto asked = known.first([&](const cache::statement& row) { last = row.view(0); });
  if (!asked) return tl::unexpected(asked.error());
  auto from = cache::reader::open(cache);
  if (!from) return tl::unexpected(std::move(from.error()));
  search::indexer work(*index, **from);
  if (unwritable) {
    const auto current = stamp.empty() || stamp != last ? work.is_current(stop) : result<bool>(true);
    if (!current) return tl::unexpected(current.error());
    if (!*current) return tl::unexpected(*unwritable);
  } else if (stamp.empty() || stamp != last) {
    if (auto done = work.update(report, stop, step); !done) return done;
    if (report.failures.empty()) {
      cache::statement keep(*index, "UPDATE meta SET stamp = ?1 WHERE id = 1");
      // Without it the next search compares once more.
      if (auto kept = keep.execute(cache::octets{stamp}); !kept && kept.error().code != errc::disk_full) return kept;
    }
    const auto dead = report.removed > 0 ? work.mostly_dead() : result<bool>(false);
    if (!dead) return tl::unexpected(dead.error());
    if (*dead && !report.rebuilt) return fail(errc::cache_damaged, "mostly of removed messages");
  }
  return index_unsent(work, report);
}

result<void> mail_search::impl::update_once(index_report& report, const std::atomic<bool>& stop,
                                            const std::function<void(const index_report&)>& step) {
  if (auto opened = open_index(); !opened) return opened;
  if (!index) {
    std::error_code ignored;
    report.rebuilt = report.rebuilt || std::filesystem::file_size(file, ignored) > 0;
    if (ignored) report.rebuilt = false;
    auto made = search::make_index(file, account);
    if (!made) return tl::unexpected(std::move(made.error()));
    index = std::move(*made);
  }
  return bring_up_to_date(report, stop, step);
}

result<index_report> mail_search::update(const std::atomic<bool>& stop,
                                         const std::function<void(const index_report&)>& step) {
  const auto began = std::chrono::steady_clock::now();
  index_report report;
  const auto lock = search::lock_index(impl_->file);
  if (!lock && lock.error().code == errc::cache_locked) {
    report.busy = true;
    return report;
  }
  if (!lock && !cache::is_unwritable(lock.error())) return tl::unexpected(lock.error());
  // There may be room again.
  if (impl_->unwritable || !lock) impl_->index.reset();
  impl_->unwritable.reset();
  auto done = lock ? result<void>() : impl_->open_as_it_is(lock.error());
  if (done) done = impl_->update_once(report, stop, step);
  if (!done && lock && !impl_->unwritable && cache::is_unwritable(done.error())) {
    impl_->index.reset();
    report = {};
    done = impl_->open_as_it_is(done.error());
    if (done) done = impl_->update_once(report, stop, step);
  }
  // Once more from the beginning; damage that is met again is not the index's.
  if (!done && done.error().code == errc::cache_damaged && impl_->index) {
    impl_->index.reset();
    report = {};
    report.rebuilt = true;
    auto made = search::make_index(impl_->file, impl_->account);
    if (!made) return tl::unexpected(std::move(made.error()));
    impl_->index = std::move(*made);
    done = impl_->bring_up_to_date(report, stop, step);
  }
  if (!done) return tl::unexpected(std::move(done.error()));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report;
}

result<void> mail_search::drop() {
  const auto lock = search::lock_index(impl_->file);
  if (!lock) return tl::unexpected(lock.error());
  impl_->index.reset();
  return search::remove_index(impl_->file);
}

// One by one where they are few; else in one walk through the folder.
result<void> mail_search::impl::collect(const search::candidates_of& from, const search_query& query,
                                        std::size_t folder, std::vector<fitting>& into) {
  constexpr std::size_t few = 64;
  auto at = from.messages.begin();
  const auto take = [&](const stored_message& message) {
    if (flags_fit(query, message.flags)) into.push_back({folder, message, at->date.value_or(0)});
  };
  if (from.messages.size() <= few) {
    for (; at != from.messages.end(); ++at) {
      const auto message = mail.message(from.mailbox, at->uid);
      if (message) take(*message);
      if (!message && message.error().code != errc::no_such_message) return tl::unexpected(message.error());
    }
    return {};
  }
  return mail.messages(from.mailbox, [&](const stored_message& message) {
    if (message.unsent) return false;
    while (at != from.messages.end() && at->uid < message.uid) ++at;
    if (at == from.messages.end()) return false;
    if (at->uid == message.uid) take(message);
    return true;
  });
}

result<void> mail_search::impl::collect_unsent(const stored_folder& in, search::finder& words,
                                               const search_query& query, std::size_t folder,
                                               std::vector<fitting>& into) {
  std::vector<stored_message> unsent;
  auto read = mail.messages(in.mailbox, [&](const stored_message& m) {
    if (m.unsent) unsent.push_back(m);
    return true;
  });
  if (!read) return read;
  for (auto& message : unsent) {
    const auto digest = digest_from(message.body_digest);
    if (!digest || !flags_fit(query, message.flags) || !date_fits(query, message.date)) continue;
    const auto fits = words.matches(*digest);
    if (!fits) return tl::unexpected(fits.error());
    const auto date = message.date ? message.date->unix_seconds : 0;
    if (*fits) into.push_back({folder, std::move(message), date});
  }
  return {};
}

result<std::vector<fitting>> mail_search::impl::everything_that_fits(const search_query& query,
                                                                     const std::vector<stored_folder>& folders) {
  auto words = search::match_text_of(query);
  if (!words) return tl::unexpected(std::move(words.error()));
  sync_options patterns;
  patterns.include = query.folders;
  search::finder ask(*index, std::move(*words), query);
  const auto candidates =
      ask.find([&](const mailbox_name& mailbox) { return matches(patterns, wire::display_name(mailbox.wire())); });
  if (!candidates) return tl::unexpected(candidates.error());
  std::vector<fitting> out;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto at = std::find_if(candidates->begin(), candidates->end(),
                                 [&](const auto& c) { return c.mailbox == folders[i].mailbox; });
    if (at != candidates->end()) {
      if (auto done = collect(*at, query, i, out); !done) return tl::unexpected(std::move(done.error()));
    }
    if (folders[i].unsent > 0 && matches(patterns, folders[i].name)) {
      if (auto done = collect_unsent(folders[i], ask, query, i, out); !done)
        return tl::unexpected(std::move(done.error()));
    }
  }
  return out;
}

result<search_result> mail_search::find(const search_query& query, std::size_t most) {
  if (auto opened = impl_->open_index(); !opened) return tl::unexpected(std::move(opened.error()));
  if (!impl_->index) return fail(errc::cache_unavailable, impl_->file.string() + ": there is no index yet");
  const auto folders = impl_->mail.folders();
  if (!folders) return tl::unexpected(folders.error());
  auto fitting = impl_->everything_that_fits(query, *folders);
  if (!fitting) return tl::unexpected(std::move(fitting.error()));
  search_result out;
  out.found = fitting->size();
  const auto shown = std::min(most, fitting->size());
  std::partial_sort(fitting->begin(), fitting->begin() + static_cast<std::ptrdiff_t>(shown), fitting->end(),
                    comes_before);
  fitting->resize(shown);
  for (auto& one : *fitting) {
    const auto& folder = (*folders)[one.folder];
    const auto header = one.message.unsent ? impl_->mail.header(folder.mailbox, *one.message.unsent)
                                           : impl_->mail.header(folder.mailbox, one.message.uid);
    if (!header && header.error().code != errc::no_such_message) return tl::unexpected(header.error());
    out.hits.push_back(
        {folder.mailbox, folder.name, std::move(one.message), header ? summarize(*header) : header_summary()});
  }
  return out;
}

}  // namespace outmap
