#include "cache/reader.hpp"

#include <system_error>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/database.hpp"
#include "cache/listed_flags.hpp"
#include "cache/mail_octets.hpp"
#include "cache/segment.hpp"
#include "cache/takeover.hpp"

namespace outmap::cache {
namespace {

constexpr const char* folder_columns =
    "SELECT id, mailbox, delimiter, noselect, noinferiors, subscribed, gone, uid_validity, exists_count, unseen,"
    " scanned_at, messages, bodies, body_octets"
    " FROM folder ORDER BY mailbox <> x'494e424f58', mailbox";

constexpr const char* one_folder =
    "SELECT id, mailbox, delimiter, noselect, noinferiors, subscribed, gone, uid_validity, exists_count, unseen,"
    " scanned_at, messages, bodies, body_octets"
    " FROM folder WHERE mailbox = ?1";

constexpr const char* rare_counts =
    "SELECT (SELECT count(*) FROM tombstone WHERE folder = ?1 AND adopted = 0),"
    " (SELECT count(*) FROM quarantine WHERE folder = ?1),"
    " (SELECT count(m.body) FROM unconfirmed AS u JOIN message AS m ON m.folder = u.folder"
    " AND m.uid BETWEEN u.first AND u.last WHERE u.folder = ?1)";

constexpr const char* wrong_counts =
    "SELECT f.mailbox FROM folder AS f WHERE (f.messages, f.bodies, f.body_octets) IS NOT"
    " (SELECT count(*), count(m.body), coalesce(sum(b.size), 0)"
    " FROM message AS m LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = f.id) LIMIT 1";

constexpr const char* start_of_sync =
    "SELECT id, uid_validity, exists_count, scanned_at,"
    " coalesce((SELECT max(uid) FROM message WHERE folder = f.id), 0),"
    " EXISTS (SELECT 1 FROM tombstone WHERE folder = f.id AND adopted = 0 AND reason = 'uid_validity'),"
    " gone FROM folder AS f WHERE mailbox = ?1";

constexpr const char* all_messages =
    "SELECT m.uid, m.flags, m.keywords, m.size, m.date, m.zone,"
    " CASE m.header WHEN 0 THEN b.header_digest ELSE h.digest END, b.digest, b.size FROM message AS m"
    " LEFT JOIN header AS h ON h.id = m.header LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = ?1 ORDER BY m.uid";

constexpr const char* one_message =
    "SELECT m.uid, m.flags, m.keywords, m.size, m.date, m.zone,"
    " CASE m.header WHEN 0 THEN b.header_digest ELSE h.digest END, b.digest, b.size FROM message AS m"
    " LEFT JOIN header AS h ON h.id = m.header LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = ?1 AND m.uid = ?2";

flag_set flags_at(const statement& row, int column) {
  flag_set flags(static_cast<std::uint8_t>(row.integer(column)));
  if (const auto keywords = row.view(column + 1); !keywords.empty()) flags.set_keywords(keywords);
  return flags;
}

folder_record folder_at(const statement& row) {
  folder_record out;
  out.id = row.integer(0);
  out.listed.mailbox = mailbox_name(std::string(row.view(1)));
  if (!row.null(2)) out.listed.delimiter = static_cast<char>(static_cast<unsigned char>(row.integer(2)));
  out.listed.noselect = row.integer(3) != 0;
  out.listed.noinferiors = row.integer(4) != 0;
  out.listed.subscribed = row.integer(5) != 0;
  out.gone = row.integer(6) != 0;
  out.uid_validity.value = static_cast<std::uint32_t>(row.integer(7));
  out.exists = static_cast<std::uint32_t>(row.integer(8));
  if (!row.null(9)) out.unseen = static_cast<std::uint32_t>(row.integer(9));
  out.scanned_at = row.integer(10);
  out.messages = static_cast<std::uint64_t>(row.integer(11));
  out.bodies = static_cast<std::uint64_t>(row.integer(12));
  out.body_octets = static_cast<std::uint64_t>(row.integer(13));
  return out;
}

// The schema keeps others out; what has damaged a file, or made it, does not.
std::optional<uid> uid_at(const statement& row, int column) {
  const auto value = row.integer(column);
  if (value < 1 || value > UINT32_MAX) return std::nullopt;
  return uid{static_cast<std::uint32_t>(value)};
}

std::optional<listed_page> listed_page_at(const statement& row) {
  const auto page = row.integer(0);
  // What an older program wrote is a digest alone, and says nothing here.
  const auto form = page_form::from(row.view(1));
  if (!form || page < 0 || page > page_of(uid{UINT32_MAX})) return std::nullopt;
  const bool names_uid_0 = page == 0 && form->is_spelled_out() && form->messages(0).front().uid == uid{0};
  if (names_uid_0) return std::nullopt;
  return listed_page{static_cast<std::uint32_t>(page), *form};
}

message_record message_at(const statement& row) {
  message_record out;
  out.uid.value = static_cast<std::uint32_t>(row.integer(0));
  out.flags = flags_at(row, 1);
  if (!row.null(3)) out.size = static_cast<std::uint64_t>(row.integer(3));
  if (!row.null(4)) out.date = internal_date{row.integer(4), static_cast<std::int16_t>(row.integer(5))};
  out.header_digest = row.maybe_digest(6);
  out.body_digest = row.maybe_digest(7);
  if (!row.null(8)) out.body_octets = static_cast<std::uint64_t>(row.integer(8));
  return out;
}

constexpr const char* all_expunged =
    "SELECT t.uid, t.flags, t.keywords, t.size, t.date, t.zone,"
    " CASE t.header WHEN 0 THEN b.header_digest ELSE h.digest END, b.digest, b.size, t.id, t.buried_at"
    " FROM tombstone AS t LEFT JOIN header AS h ON h.id = t.header LEFT JOIN body AS b ON b.id = t.body"
    " WHERE t.folder = ?1 AND t.adopted = 0 AND t.reason = 'vanished' ORDER BY t.id";

std::string name_of(uid which) { return "UID " + std::to_string(which.value); }

}  // namespace

struct reader::impl {
  impl(database opened, std::filesystem::path path, const cache_identity& whose)
      : db(std::move(opened)),
        file(std::move(path)),
        mail_folder(mail_folder_of(file)),
        identity(whose),
        octets(db, mail_folder, whose),
        folders(db, folder_columns),
        folder(db, one_folder),
        counts(db, rare_counts),
        start(db, start_of_sync),
        states(db,
               "SELECT uid, flags, keywords, header IS NOT NULL, body IS NOT NULL, coalesce(date, size) IS NOT NULL "
               "FROM message"
               " WHERE folder = ?1 AND uid > ?2 ORDER BY uid LIMIT ?3"),
        pages(db, "SELECT page, form FROM listed_page WHERE folder = ?1 ORDER BY page"),
        page(db, listed_flags::find_sql),
        messages(db, all_messages),
        message(db, one_message),
        expunged(db, all_expunged),
        expiring(db,
                 "SELECT count(*) FROM tombstone WHERE folder = ?1 AND buried_at <= ?2 AND adopted = 0"
                 " AND (reason = 'vanished' OR NOT EXISTS (SELECT 1 FROM quarantine WHERE folder = ?1))"),
        range(db,
              "SELECT count(*), count(m.body), coalesce(sum(b.size), 0) FROM message AS m"
              " LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = ?1 AND m.uid BETWEEN ?2 AND ?3"),
        data_version(db, "PRAGMA data_version"),
        segments(db, "SELECT id, used FROM segment ORDER BY id"),
        quarantine(db,
                   "SELECT uid, reason, first_seen, last_tried, tries FROM quarantine WHERE folder = ?1 ORDER BY uid"),
        // Messages, and not the ranges as they are: what has damaged a file does not make 4 billion of them.
        unconfirmed(db,
                    "SELECT m.uid FROM unconfirmed AS u JOIN message AS m ON m.folder = u.folder"
                    " AND m.uid BETWEEN u.first AND u.last WHERE u.folder = ?1 AND m.body IS NOT NULL ORDER BY u.first,"
                    " m.uid"),
        last_run(db, "SELECT started_at, ended_at, outcome, messages, body_octets FROM run ORDER BY id DESC LIMIT 1") {}

  result<void> count(folder_record& what);
  result<void> read_messages(statement& rows, const std::function<bool(const message_record&)>& take, folder_id folder,
                             auto... which);

  database db;
  std::filesystem::path file;
  std::filesystem::path mail_folder;
  cache_identity identity;
  mail_octets octets;
  statement folders;
  statement folder;
  statement counts;
  statement start;
  statement states;
  statement pages;
  statement page;
  statement messages;
  statement message;
  statement expunged;
  statement expiring;
  statement range;
  statement data_version;
  statement segments;
  statement quarantine;
  statement unconfirmed;
  statement last_run;
};

reader::reader(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
reader::~reader() = default;

result<std::unique_ptr<reader>> reader::open(const std::filesystem::path& file) {
  const auto path = resolve(file);
  if (!path) return tl::unexpected(path.error());
  auto db = open_for_reading(*path, migrations());
  if (!db) return tl::unexpected(std::move(db.error()));
  const auto whose = identity_of(*db);
  if (!whose) return tl::unexpected(whose.error());
  return std::unique_ptr<reader>(new reader(std::make_unique<impl>(std::move(*db), *path, *whose)));
}

result<std::unique_ptr<reader>> reader::open_existing(const std::filesystem::path& file) {
  std::error_code problem;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::exists(folder, problem) && !problem) return nullptr;
  const auto path = resolve(file);
  if (!path) return tl::unexpected(path.error());
  const auto state = look_at(*path, migrations());
  if (!state) return tl::unexpected(state.error());
  if (*state != file_state::cache) return nullptr;
  return open(*path);
}

result<std::string> reader::account() { return account_of(impl_->db); }

result<bool> reader::may_be_taken_over(std::string_view account) {
  return may_take_over(impl_->db, impl_->file, account);
}

result<void> reader::impl::count(folder_record& what) {
  const auto counted = counts.first(
      [&](const statement& row) {
        what.tombstones = static_cast<std::uint64_t>(row.integer(0));
        what.quarantined = static_cast<std::uint64_t>(row.integer(1));
        what.unconfirmed = static_cast<std::uint64_t>(row.integer(2));
      },
      what.id);
  if (!counted) return tl::unexpected(counted.error());
  return {};
}

result<std::vector<folder_record>> reader::folders() {
  // Rows and counts of one state of the file.
  auto view = transaction::begin(impl_->db, transaction::kind::read);
  if (!view) return tl::unexpected(view.error());
  std::vector<folder_record> out;
  const auto read = impl_->folders.for_each([&](const statement& row) {
    out.push_back(folder_at(row));
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  for (auto& folder : out) {
    if (auto counted = impl_->count(folder); !counted) return tl::unexpected(counted.error());
  }
  if (auto ended = view->commit(); !ended) return tl::unexpected(ended.error());
  return out;
}

result<folder_record> reader::folder(const mailbox_name& mailbox) {
  auto view = transaction::begin(impl_->db, transaction::kind::read);
  if (!view) return tl::unexpected(view.error());
  folder_record out;
  const auto found = impl_->folder.first([&](const statement& row) { out = folder_at(row); }, octets{mailbox.wire()});
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::no_such_mailbox, mailbox.wire());
  if (auto counted = impl_->count(out); !counted) return tl::unexpected(counted.error());
  if (auto ended = view->commit(); !ended) return tl::unexpected(ended.error());
  return out;
}

result<std::vector<known_folder>> reader::tree() {
  std::vector<known_folder> out;
  const auto read = impl_->folders.for_each([&](const statement& row) {
    auto folder = folder_at(row);
    if (!folder.gone) out.push_back({folder.id, std::move(folder.listed)});
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<sync_start> reader::start_of(const mailbox_name& mailbox) {
  sync_start out;
  const auto found = impl_->start.first(
      [&](const statement& row) {
        out.id = row.integer(0);
        out.uid_validity.value = static_cast<std::uint32_t>(row.integer(1));
        out.exists = static_cast<std::uint32_t>(row.integer(2));
        out.scanned_at = row.integer(3);
        out.last.value = static_cast<std::uint32_t>(row.integer(4));
        out.adoptable = row.integer(5) != 0;
        out.gone = row.integer(6) != 0;
      },
      octets{mailbox.wire()});
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::no_such_mailbox, mailbox.wire());
  return out;
}

result<std::vector<message_state>> reader::message_states(folder_id folder) {
  return message_states(folder, uid{0}, static_cast<std::size_t>(UINT32_MAX));
}

result<std::vector<message_state>> reader::message_states(folder_id folder, uid after, std::size_t most) {
  std::vector<message_state> out;
  listed_flags listed(impl_->page, folder);
  result<void> looked;
  bool ascending = true;
  const auto read = impl_->states.for_each(
      [&](const statement& row) {
        // Who reads on from the last would otherwise read for ever.
        const auto which = uid_at(row, 0);
        ascending = which && (out.empty() ? after : out.back().uid) < *which;
        if (!ascending) return false;
        auto flags = listed.of(*which);
        if (!flags) {
          looked = tl::unexpected(flags.error());
          return false;
        }
        out.push_back({*which, *flags ? std::move(**flags) : flags_at(row, 1), row.integer(3) != 0, row.integer(4) != 0,
                       row.integer(5) != 0});
        return true;
      },
      folder, after.value, most);
  if (!read) return tl::unexpected(read.error());
  if (!looked) return tl::unexpected(looked.error());
  if (!ascending) return fail(errc::cache_damaged, "a message has a UID that cannot be");
  return out;
}

result<std::vector<listed_page>> reader::listed_pages(folder_id folder) {
  std::vector<listed_page> out;
  const auto read = impl_->pages.for_each(
      [&](const statement& row) {
        if (const auto page = listed_page_at(row)) out.push_back(*page);
        return true;
      },
      folder);
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<void> reader::for_each_message(folder_id folder, const std::function<bool(const message_record&)>& take) {
  return impl_->read_messages(impl_->messages, take, folder);
}

// The page is read while the statement still stands on its row: both are of one state of the file.
result<void> reader::impl::read_messages(statement& rows, const std::function<bool(const message_record&)>& take,
                                         folder_id of_folder, auto... which) {
  listed_flags listed(page, of_folder);
  result<void> looked;
  auto read = rows.for_each(
      [&](const statement& row) {
        auto message = message_at(row);
        auto flags = listed.of(message.uid);
        if (!flags) {
          looked = tl::unexpected(flags.error());
          return false;
        }
        if (*flags) message.flags = std::move(**flags);
        return take(message);
      },
      of_folder, which...);
  return read ? looked : read;
}

result<message_record> reader::message(folder_id folder, uid which) {
  std::optional<message_record> out;
  const auto keep = [&](const message_record& message) {
    out = message;
    return false;
  };
  if (auto read = impl_->read_messages(impl_->message, keep, folder, which.value); !read)
    return tl::unexpected(std::move(read.error()));
  if (!out) return fail(errc::no_such_message, name_of(which));
  return std::move(*out);
}

result<reader::amount> reader::amount_of(folder_id folder, const uid_set& uids) {
  amount out;
  for (const auto& range : uids.ranges()) {
    const auto counted = impl_->range.first(
        [&](const statement& row) {
          out.messages += static_cast<std::uint64_t>(row.integer(0));
          out.bodies += static_cast<std::uint64_t>(row.integer(1));
          out.body_octets += static_cast<std::uint64_t>(row.integer(2));
        },
        folder, range.first.value, range.last.value);
    if (!counted) return tl::unexpected(counted.error());
  }
  return out;
}

result<std::uint64_t> reader::version() {
  std::uint64_t out = 0;
  const auto asked =
      impl_->data_version.first([&](const statement& row) { out = static_cast<std::uint64_t>(row.integer(0)); });
  if (!asked) return tl::unexpected(asked.error());
  return out;
}

result<std::string> reader::header(folder_id folder, uid which) { return impl_->octets.header(folder, which); }

result<void> reader::body(folder_id folder, uid which, const std::function<bool(std::string_view)>& take) {
  return impl_->octets.body(folder, which, take);
}

result<void> reader::for_each_expunged(folder_id folder, const std::function<bool(const expunged_message&)>& take) {
  return impl_->expunged.for_each(
      [&](const statement& row) {
        return take({row.integer(9), row.integer(10), message_at(row)});
      },
      folder);
}

result<std::uint64_t> reader::expiring(folder_id folder, std::int64_t last) {
  std::uint64_t out = 0;
  const auto counted = impl_->expiring.first(
      [&](const statement& row) { out = static_cast<std::uint64_t>(row.integer(0)); }, folder, last);
  if (!counted) return tl::unexpected(counted.error());
  return out;
}

result<std::string> reader::expunged_header(std::int64_t row) { return impl_->octets.expunged_header(row); }

result<void> reader::expunged_body(std::int64_t row, const std::function<bool(std::string_view)>& take) {
  return impl_->octets.expunged_body(row, take);
}

result<std::vector<quarantine_record>> reader::quarantine(folder_id folder) {
  std::vector<quarantine_record> out;
  const auto read = impl_->quarantine.for_each(
      [&](const statement& row) {
        out.push_back({uid{static_cast<std::uint32_t>(row.integer(0))}, std::string(row.view(1)), row.integer(2),
                       row.integer(3), static_cast<std::uint32_t>(row.integer(4))});
        return true;
      },
      folder);
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<uid_set> reader::unconfirmed(folder_id folder) {
  uid_set out;
  const auto read = impl_->unconfirmed.for_each(
      [&](const statement& row) {
        if (const auto which = uid_at(row, 0)) out.add(*which);
        return true;
      },
      folder);
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<std::optional<run_record>> reader::last_run() {
  std::optional<run_record> out;
  const auto found = impl_->last_run.first([&](const statement& row) {
    out = run_record{row.integer(0), row.integer(1), std::string(row.view(2)),
                     static_cast<std::uint64_t>(row.integer(3)), static_cast<std::uint64_t>(row.integer(4))};
  });
  if (!found) return tl::unexpected(found.error());
  return out;
}

result<void> reader::check_integrity() {
  std::string fault;
  statement structure(impl_->db, "PRAGMA integrity_check(1)");
  const auto checked = structure.first([&](const statement& row) { fault = row.view(0); });
  if (!checked) return tl::unexpected(checked.error());
  if (fault != "ok") return fail(errc::cache_damaged, fault);

  statement references(impl_->db, "PRAGMA foreign_key_check");
  const auto broken = references.first([&](const statement& row) { fault = row.view(0); });
  if (!broken) return tl::unexpected(broken.error());
  if (*broken) return fail(errc::cache_damaged, "table " + fault + " refers to rows that do not exist");

  statement outside(
      impl_->db,
      "SELECT 1 FROM (SELECT segment, start, size FROM body UNION ALL SELECT segment, start, size FROM"
      " header UNION ALL SELECT segment, start, size FROM body_piece) AS p LEFT JOIN segment AS s"
      " ON s.id = p.segment WHERE p.segment <> 0 AND (s.id IS NULL OR p.start + p.size > s.used) LIMIT 1");
  const auto lost = outside.first([](const statement&) {});
  if (!lost) return tl::unexpected(lost.error());
  if (*lost) return fail(errc::cache_damaged, "a row names a place in no segment");

  statement miscounted(impl_->db, wrong_counts);
  const auto wrong = miscounted.first([&](const statement& row) { fault = row.view(0); });
  if (!wrong) return tl::unexpected(wrong.error());
  if (*wrong) return fail(errc::cache_damaged, "folder " + fault + " has not as many messages as its row says");

  result<void> sound;
  auto read = impl_->segments.for_each([&](const statement& row) {
    const auto opened = open_segment(impl_->mail_folder, impl_->identity, row.integer(0),
                                     static_cast<std::uint64_t>(row.integer(1)), false);
    if (!opened) sound = tl::unexpected(opened.error());
    return sound.has_value();
  });
  return read ? sound : read;
}

}  // namespace outmap::cache
