#include "search/indexer.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/date_field.hpp"
#include "outmap/readable.hpp"
#include "search/match_text.hpp"

namespace outmap::search {
namespace {

// A longer text is a log or a dump: its beginning has the words it is looked for by.
constexpr readable_limits limits{std::size_t{16} << 20, std::size_t{1} << 20, 1000, 32};
constexpr std::uint64_t group_messages = 2000;
constexpr std::uint64_t group_octets = std::uint64_t{64} << 20;

// So much of a digest tells one message of a folder from another.
struct known_place {
  std::uint32_t uid = 0;
  std::array<unsigned char, 12> digest{};
};

bool same(const known_place& place, const cache::digest& digest) {
  return std::memcmp(place.digest.data(), digest.data(), place.digest.size()) == 0;
}

tl::unexpected<error> interrupted() { return fail(errc::cancelled); }

std::string names_of(const std::vector<attachment>& attachments) {
  std::string out;
  for (const auto& one : attachments) {
    if (!one.name.empty()) out += one.name + "\n";
  }
  return out;
}

}  // namespace

indexer::indexer(cache::database& index, cache::reader& from)
    : index_(index),
      from_(from),
      find_folder_(index, "SELECT id FROM folder WHERE mailbox = ?1"),
      put_folder_(index, "INSERT INTO folder (mailbox) VALUES (?1)"),
      places_(index,
              "SELECT p.uid, d.digest FROM place AS p JOIN document AS d ON d.id = p.document WHERE p.folder = ?1"
              " ORDER BY p.uid"),
      find_document_(index, "SELECT id FROM document WHERE digest = ?1"),
      put_document_(index, "INSERT INTO document (digest, attachments) VALUES (?1, ?2)"),
      put_words_(index,
                 "INSERT INTO words (rowid, sender, recipients, subject, text, files) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      put_place_(index, "INSERT OR REPLACE INTO place (folder, uid, document, date) VALUES (?1, ?2, ?3, ?4)"),
      remove_place_(index, "DELETE FROM place WHERE folder = ?1 AND uid = ?2"),
      drop_places_(index, "DELETE FROM place WHERE folder = ?1"),
      drop_folder_(index, "DELETE FROM folder WHERE id = ?1"),
      folders_(index, "SELECT id FROM folder") {}

result<std::int64_t> indexer::index_folder(const mailbox_name& mailbox) {
  std::int64_t id = 0;
  const auto found =
      find_folder_.first([&](const cache::statement& row) { id = row.integer(0); }, cache::octets{mailbox.wire()});
  if (!found) return tl::unexpected(found.error());
  if (*found) return id;
  if (auto put = put_folder_.execute(cache::octets{mailbox.wire()}); !put) return tl::unexpected(put.error());
  return index_.last_rowid();
}

// A merge of two lists that ascend by UID.
result<void> indexer::plan(const cache::folder_record& folder, folder_work& work, const std::atomic<bool>& stop) {
  std::vector<known_place> known;
  auto read = places_.for_each(
      [&](const cache::statement& row) {
        known_place place;
        place.uid = static_cast<std::uint32_t>(row.integer(0));
        if (const auto digest = row.maybe_digest(1))
          std::copy_n(digest->begin(), place.digest.size(), place.digest.begin());
        known.push_back(place);
        return true;
      },
      work.in_index);
  if (!read) return read;
  auto at = known.begin();
  read = from_.for_each_message(folder.id, [&](const cache::message_record& m) {
    for (; at != known.end() && at->uid < m.uid.value; ++at) work.removed.push_back({at->uid});
    const auto& digest = m.body_digest ? m.body_digest : m.header_digest;
    const bool there = at != known.end() && at->uid == m.uid.value;
    if (digest && !(there && same(*at, *digest))) {
      const auto date = m.date ? std::optional(m.date->unix_seconds) : std::nullopt;
      work.added.push_back({m.uid, *digest, date, m.body_digest.has_value()});
    }
    if (there) ++at;
    return !stop.load(std::memory_order_relaxed);
  });
  if (!read) return read;
  if (stop.load(std::memory_order_relaxed)) return interrupted();
  for (; at != known.end(); ++at) work.removed.push_back({at->uid});
  return {};
}

result<void> indexer::remove(const folder_work& work, index_report& report) {
  for (const auto which : work.removed) {
    if (auto done = remove_place_.execute(work.in_index, which.value); !done) return done;
  }
  report.removed += work.removed.size();
  return {};
}

result<std::string> indexer::octets_of(const folder_work& work, const entry& what) {
  if (!what.has_body) return from_.header(work.in_cache, what.uid);
  std::string out;
  auto read = from_.body(work.in_cache, what.uid, [&](std::string_view piece) {
    out += piece.substr(0, limits.octets - out.size());
    return out.size() < limits.octets;
  });
  if (!read) return tl::unexpected(std::move(read.error()));
  return out;
}

result<std::int64_t> indexer::put_document(const cache::digest& digest, std::string_view octets,
                                           std::optional<std::int64_t>& date) {
  const auto message = make_readable(octets, limits);
  if (!date) {
    if (const auto written = parse_date_field(message.date)) date = written->unix_seconds;
  }
  if (auto put = put_document_.execute(digest, static_cast<std::int64_t>(message.attachments.size())); !put) {
    return tl::unexpected(std::move(put.error()));
  }
  const auto id = index_.last_rowid();
  const auto sender = word_by_word(message.from);
  const auto recipients = word_by_word(message.to + "\n" + message.cc + "\n" + message.bcc);
  const auto subject = word_by_word(message.subject);
  const auto text = word_by_word(message.text);
  const auto files = word_by_word(names_of(message.attachments));
  auto put = put_words_.execute(id, cache::text{sender}, cache::text{recipients}, cache::text{subject},
                                cache::text{text}, cache::text{files});
  if (!put) return tl::unexpected(std::move(put.error()));
  return id;
}

/// False: the message could not be read, which the report says, or has gone.
result<bool> indexer::add_one(const folder_work& work, const entry& what, index_report& report) {
  std::int64_t document = 0;
  const auto found = find_document_.first([&](const cache::statement& row) { document = row.integer(0); }, what.digest);
  if (!found) return tl::unexpected(found.error());
  auto date = what.date;
  if (!*found) {
    const auto octets = octets_of(work, what);
    if (!octets) {
      if (octets.error().code == errc::no_such_message) return false;
      report.failures.push_back(octets.error());
      report.failures.back().reach = scope::message;
      return false;
    }
    ++report.read;
    report.octets += octets->size();
    const auto put = put_document(what.digest, *octets, date);
    if (!put) return tl::unexpected(put.error());
    document = *put;
  } else if (!date) {
    if (const auto header = from_.header(work.in_cache, what.uid)) {
      if (const auto written = date_of_header(*header)) date = written->unix_seconds;
    }
  }
  if (auto put = put_place_.execute(work.in_index, what.uid.value, document, date); !put) {
    return tl::unexpected(std::move(put.error()));
  }
  return true;
}

result<void> indexer::add(const folder_work& work, index_report& report, const std::atomic<bool>& stop,
                          const std::function<void(const index_report&)>& step) {
  for (std::size_t at = 0; at < work.added.size();) {
    auto group = cache::transaction::begin(index_, cache::transaction::kind::write);
    if (!group) return tl::unexpected(std::move(group.error()));
    const auto octets_before = report.octets;
    for (std::uint64_t n = 0; at < work.added.size() && n < group_messages; ++n, ++at) {
      if (report.octets - octets_before >= group_octets || stop.load(std::memory_order_relaxed)) break;
      const auto added = add_one(work, work.added[at], report);
      if (!added) return tl::unexpected(added.error());
      if (*added) ++report.added;
      if (step) step(report);
    }
    if (auto kept = group->commit(); !kept) return kept;
    if (stop.load(std::memory_order_relaxed)) return interrupted();
  }
  return {};
}

result<void> indexer::forget_folders(const std::vector<std::int64_t>& kept, index_report& report) {
  std::vector<std::int64_t> gone;
  auto read = folders_.for_each([&](const cache::statement& row) {
    if (std::find(kept.begin(), kept.end(), row.integer(0)) == kept.end()) gone.push_back(row.integer(0));
    return true;
  });
  for (const auto folder : gone) {
    if (read) read = drop_places_.execute(folder);
    if (!read) return read;
    report.removed += static_cast<std::uint64_t>(index_.changes());
    read = drop_folder_.execute(folder);
  }
  return read;
}

result<void> indexer::update(index_report& report, const std::atomic<bool>& stop,
                             const std::function<void(const index_report&)>& step) {
  const auto folders = from_.folders();
  if (!folders) return tl::unexpected(folders.error());
  std::vector<std::int64_t> kept;
  for (const auto& folder : *folders) {
    auto removal = cache::transaction::begin(index_, cache::transaction::kind::write);
    if (!removal) return tl::unexpected(std::move(removal.error()));
    const auto id = index_folder(folder.listed.mailbox);
    if (!id) return tl::unexpected(id.error());
    kept.push_back(*id);
    folder_work work;
    work.in_cache = folder.id;
    work.in_index = *id;
    if (auto planned = plan(folder, work, stop); !planned) return planned;
    if (auto removed = remove(work, report); !removed) return removed;
    if (auto done = removal->commit(); !done) return done;
    if (auto added = add(work, report, stop, step); !added) return added;
  }
  auto last = cache::transaction::begin(index_, cache::transaction::kind::write);
  if (!last) return tl::unexpected(std::move(last.error()));
  if (auto forgotten = forget_folders(kept, report); !forgotten) return forgotten;
  return last->commit();
}

result<bool> indexer::is_current(const std::atomic<bool>& stop) {
  const auto folders = from_.folders();
  if (!folders) return tl::unexpected(folders.error());
  for (const auto& folder : *folders) {
    folder_work work;
    const auto known = find_folder_.first([&](const cache::statement& row) { work.in_index = row.integer(0); },
                                          cache::octets{folder.listed.mailbox.wire()});
    if (!known) return tl::unexpected(known.error());
    if (!*known) return false;
    if (auto planned = plan(folder, work, stop); !planned) return tl::unexpected(std::move(planned.error()));
    if (!work.added.empty() || !work.removed.empty()) return false;
  }
  std::size_t indexed = 0;
  const auto read = folders_.for_each([&](const cache::statement&) { return ++indexed > 0; });
  if (!read) return tl::unexpected(read.error());
  return indexed == folders->size();
}

result<void> indexer::add_document(const cache::digest& digest, std::string_view octets) {
  const auto there = find_document_.first([](const cache::statement&) {}, digest);
  if (!there) return tl::unexpected(there.error());
  if (*there) return {};
  auto work = cache::transaction::begin(index_, cache::transaction::kind::write);
  if (!work) return tl::unexpected(std::move(work.error()));
  std::optional<std::int64_t> date;
  if (auto put = put_document(digest, octets, date); !put) return tl::unexpected(std::move(put.error()));
  return work->commit();
}

result<bool> indexer::mostly_dead() {
  constexpr std::int64_t bearable = 1000;
  cache::statement count(index_,
                         "SELECT count(*) FILTER (WHERE alive), count(*) FILTER (WHERE NOT alive) FROM"
                         " (SELECT EXISTS (SELECT 1 FROM place WHERE document = d.id) AS alive FROM document AS d)");
  bool out = false;
  const auto found =
      count.first([&](const cache::statement& row) { out = row.integer(1) > bearable + row.integer(0) / 2; });
  if (!found) return tl::unexpected(found.error());
  return out;
}

}  // namespace outmap::search
