#include "cache/message_table.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace outmap::cache {
namespace {

struct candidate {
  std::int64_t tombstone = 0;
  std::optional<std::int64_t> body;
  std::optional<digest> sum;              ///< of the body: the same small one may be stored more than once
  std::optional<std::int64_t> size;       ///< as the server said
  std::optional<std::int64_t> body_size;  ///< as it was
  bool unconfirmed = false;
};

// The server may say the one before it has made the text and the other afterwards (NTLM-PB8, XIMAP-V0045).
bool may_be_of_size(const candidate& c, std::int64_t size) {
  const bool nothing_known = !c.size && !c.body_size;
  return nothing_known || c.size == size || c.body_size == size;
}

bool agree(const std::vector<candidate>& all) {
  return std::all_of(all.begin(), all.end(), [&](const candidate& c) { return c.sum == all.front().sum; });
}

std::optional<octets> keywords_of(const flag_set& flags) {
  if (flags.keywords().empty()) return std::nullopt;
  return octets{flags.keywords()};
}

}  // namespace

message_table::message_table(database& db, folder_counts& counts)
    : counts_(counts),
      find_(db, "SELECT header, body FROM message WHERE folder = ?1 AND uid = ?2"),
      put_(db,
           "INSERT INTO message (folder, uid, flags, keywords, size, date, zone, header, body)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
           " ON CONFLICT (folder, uid) DO UPDATE SET flags = excluded.flags, keywords = excluded.keywords,"
           " size = coalesce(excluded.size, size), date = coalesce(excluded.date, date), zone = "
           "coalesce(excluded.zone, zone),"
           " header = coalesce(header, excluded.header), body = coalesce(body, excluded.body)"),
      set_flags_(db, "UPDATE message SET flags = ?3, keywords = ?4 WHERE folder = ?1 AND uid = ?2"),
      replace_body_(db,
                    "UPDATE message SET body = ?3, header = coalesce(nullif(header, 0), CASE ?4 WHEN 1 THEN 0 END)"
                    " WHERE folder = ?1 AND uid = ?2"),
      drop_contents_(db, "UPDATE message SET header = NULL, body = NULL WHERE folder = ?1 AND uid = ?2"),
      drop_quarantined_bodies_(db,
                               "UPDATE message SET body = NULL, header = nullif(header, 0) WHERE folder = ?1"
                               " AND uid IN (SELECT uid FROM quarantine WHERE folder = ?1)"
                               " AND NOT coalesce((SELECT u.last >= message.uid FROM unconfirmed AS u"
                               " WHERE u.folder = ?1 AND u.first <= message.uid ORDER BY u.first DESC LIMIT 1), 0)"),
      bury_(db,
            "INSERT INTO tombstone"
            " (folder, uid_validity, uid, buried_at, reason, flags, keywords, size, date, zone, header, body)"
            " SELECT m.folder, f.uid_validity, m.uid, ?4, 'vanished', coalesce(?5, m.flags),"
            " CASE WHEN ?5 IS NULL THEN m.keywords END, m.size, m.date, m.zone, m.header, m.body"
            " FROM message AS m JOIN folder AS f ON f.id = m.folder WHERE m.folder = ?1 AND m.uid BETWEEN ?2 AND ?3"
            " ORDER BY m.uid"),
      bury_all_(
          db,
          "INSERT INTO tombstone"
          " (folder, uid_validity, uid, buried_at, reason, flags, keywords, size, date, zone, header, body, header_key,"
          " unconfirmed)"
          " SELECT m.folder, f.uid_validity, m.uid, unixepoch(), 'uid_validity', m.flags, m.keywords, m.size, m.date,"
          " m.zone, m.header, m.body, substr(CASE m.header WHEN 0 THEN b.header_digest ELSE h.digest END, 1, 8),"
          " coalesce((SELECT u.last >= m.uid FROM unconfirmed AS u WHERE u.folder = ?1 AND u.first <= m.uid"
          " ORDER BY u.first DESC LIMIT 1), 0)"
          " FROM message AS m JOIN folder AS f ON f.id = m.folder"
          " LEFT JOIN header AS h ON h.id = m.header LEFT JOIN body AS b ON b.id = m.body"
          " WHERE m.folder = ?1 ORDER BY m.uid"),
      remove_(db, "DELETE FROM message WHERE folder = ?1 AND uid BETWEEN ?2 AND ?3"),
      // What a new UIDVALIDITY left is not expunged: while a message of the folder does not come, it may be that one.
      expire_(db,
              "DELETE FROM tombstone WHERE folder = ?1 AND buried_at <= ?2 AND (reason = 'vanished' OR adopted = 1"
              " OR NOT EXISTS (SELECT 1 FROM quarantine WHERE folder = ?1))"),
      hand_over_(db, "UPDATE tombstone SET folder = ?2 WHERE folder = ?1"),
      candidates_(
          db,
          "SELECT t.id, t.body, b.digest, t.size, b.size, t.unconfirmed FROM tombstone AS t"
          " LEFT JOIN header AS h ON h.id = t.header LEFT JOIN body AS b ON b.id = t.body"
          " WHERE t.folder = ?1 AND t.adopted = 0 AND t.reason = 'uid_validity' AND t.header_key = substr(?2, 1, 8)"
          " AND CASE t.header WHEN 0 THEN b.header_digest ELSE h.digest END = ?2 AND t.date IS ?3 ORDER BY t.id"),
      mark_adopted_(db, "UPDATE tombstone SET adopted = 1 WHERE id = ?1"),
      pages_(db) {}

result<std::optional<contents>> message_table::find(folder_id folder, uid which) {
  std::optional<contents> out;
  const auto found = find_.first(
      [&](const statement& row) {
        out = contents{row.maybe_integer(0), row.maybe_integer(1), false, std::nullopt};
      },
      folder, which.value);
  if (!found) return tl::unexpected(found.error());
  return out;
}

result<void> message_table::put(folder_id folder, const header_arrival& message, const contents& what) {
  if (auto ok = pages_.forget(folder, {message.uid, message.uid}); !ok) return ok;
  std::optional<std::int64_t> date;
  std::optional<int> zone;
  if (message.date) {
    date = message.date->unix_seconds;
    zone = message.date->zone_minutes;
  }
  counts_.put(folder, what.new_message, what.new_body);
  return put_.execute(folder, message.uid.value, message.flags.system_bits(), keywords_of(message.flags), message.size,
                      date, zone, what.header, what.body);
}

result<void> message_table::put(folder_id folder, uid which, const flag_set& flags, const contents& what) {
  if (auto ok = pages_.forget(folder, {which, which}); !ok) return ok;
  counts_.put(folder, what.new_message, what.new_body);
  return put_.execute(folder, which.value, flags.system_bits(), keywords_of(flags), std::nullopt, std::nullopt,
                      std::nullopt, what.header, what.body);
}

result<void> message_table::set_flags(folder_id folder, uid which, const flag_set& flags) {
  const auto in_page = pages_.set_flags(folder, which, flags);
  if (!in_page) return tl::unexpected(in_page.error());
  if (*in_page) return {};
  if (auto ok = pages_.forget(folder, {which, which}); !ok) return ok;
  return set_flags_.execute(folder, which.value, flags.system_bits(), keywords_of(flags));
}

result<void> message_table::replace_body(folder_id folder, uid which, const body_table::stored& body) {
  if (auto ok = pages_.forget(folder, {which, which}); !ok) return ok;
  if (auto counted = counts_.lose_body(folder, which); !counted) return counted;
  counts_.put(folder, false, body.size);
  return replace_body_.execute(folder, which.value, body.id, body.has_header);
}

result<void> message_table::drop_contents(folder_id folder, uid which) {
  if (auto ok = pages_.forget(folder, {which, which}); !ok) return ok;
  if (auto counted = counts_.lose_body(folder, which); !counted) return counted;
  return drop_contents_.execute(folder, which.value);
}

result<void> message_table::drop_quarantined_bodies(folder_id folder) {
  return drop_quarantined_bodies_.execute(folder);
}

result<void> message_table::bury_vanished(folder_id folder, const uid_set& uids, std::int64_t now) {
  std::vector<uid> of_a_page;
  for (const auto& range : uids.ranges()) {
    const bool of_one = page_of(range.first) == page_of(range.last);
    if (!of_a_page.empty() && (!of_one || page_of(of_a_page.front()) != page_of(range.first))) {
      if (auto done = bury_of_page(folder, of_a_page, now); !done) return done;
      of_a_page.clear();
    }
    if (!of_one) {
      if (auto done = bury_range(folder, range, now); !done) return done;
      continue;
    }
    for (auto at = range.first.value; at - range.first.value <= range.last.value - range.first.value; ++at)
      of_a_page.push_back({at});
  }
  return of_a_page.empty() ? result<void>() : bury_of_page(folder, of_a_page, now);
}

result<void> message_table::bury_range(folder_id folder, uid_range range, std::int64_t now) {
  if (auto ok = pages_.forget(folder, range); !ok) return ok;
  if (auto done = bury_.execute(folder, range.first.value, range.last.value, now, std::nullopt); !done) return done;
  return remove_.execute(folder, range.first.value, range.last.value);
}

result<void> message_table::bury_of_page(folder_id folder, std::span<const uid> messages, std::int64_t now) {
  const auto listed = pages_.remove(folder, messages);
  if (!listed) return tl::unexpected(listed.error());
  for (const auto which : messages) {
    std::optional<int> bits;
    if (const auto flags = *listed ? (*listed)->flags_of(which) : std::nullopt) bits = flags->system_bits();
    if (auto done = bury_.execute(folder, which.value, which.value, now, bits); !done) return done;
    if (auto done = remove_.execute(folder, which.value, which.value); !done) return done;
  }
  return {};
}

result<void> message_table::bury_all(folder_id folder) {
  if (auto ok = pages_.forget(folder, {uid{1}, uid{UINT32_MAX}}); !ok) return ok;
  if (auto done = bury_all_.execute(folder); !done) return done;
  if (auto none = counts_.clear(folder); !none) return none;
  return remove_.execute(folder, 1, UINT32_MAX);
}

result<void> message_table::expire(folder_id folder, std::int64_t last) { return expire_.execute(folder, last); }

result<void> message_table::hand_over_tombstones(folder_id from, folder_id to) { return hand_over_.execute(from, to); }

result<std::optional<adopted_body>> message_table::adopt(folder_id folder, const digest& header,
                                                         const header_arrival& message) {
  std::optional<std::int64_t> date;
  if (message.date) date = message.date->unix_seconds;
  std::vector<candidate> matching;
  auto read = candidates_.for_each(
      [&](const statement& row) {
        matching.push_back({row.integer(0), row.maybe_integer(1), row.maybe_digest(2), row.maybe_integer(3),
                            row.maybe_integer(4), row.integer(5) != 0});
        return true;
      },
      folder, header, date);
  if (!read) return tl::unexpected(read.error());

  if (message.size) {
    const auto size = static_cast<std::int64_t>(*message.size);
    std::erase_if(matching, [&](const candidate& c) { return !may_be_of_size(c, size); });
  }
  if (matching.empty() || !agree(matching)) return std::nullopt;
  if (auto marked = mark_adopted_.execute(matching.front().tombstone); !marked) return tl::unexpected(marked.error());
  const auto& first = matching.front();
  if (!first.body) return std::nullopt;
  const bool unconfirmed =
      std::all_of(matching.begin(), matching.end(), [](const candidate& c) { return c.unconfirmed; });
  return adopted_body{*first.body, static_cast<std::uint64_t>(first.body_size.value_or(0)), unconfirmed};
}

}  // namespace outmap::cache
