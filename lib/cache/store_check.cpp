#include "cache/store_check.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

#include "cache/cache_file.hpp"
#include "cache/database.hpp"
#include "cache/file_lock.hpp"
#include "cache/mail_octets.hpp"
#include "cache/raw_octets.hpp"
#include "cache/run_chain.hpp"
#include "cache/segment.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_messages_of_a_body = 20;
constexpr std::uint32_t first_version_with_counts = 3;

class store_checker {
 public:
  store_checker(fs::path file, const std::function<bool(std::uint64_t)>& step) : file_(std::move(file)), step_(step) {}

  result<store_check_report> run();

 private:
  result<run_chain> settled_chain();
  result<void> check_seals();
  result<void> check_database_file();
  result<void> check_segments_sealed();
  result<bool> open();
  result<void> check_structure();
  result<void> check_counts();
  result<void> check_places();
  result<void> check_octets();
  result<void> name_messages(const std::string& what, const char* sql, std::int64_t row);

  void fault(std::string what, mailbox_name mailbox = {}, uid which = {0}) {
    ++report_.fault_count;
    if (report_.faults.size() < most_faults) report_.faults.push_back({std::move(what), std::move(mailbox), which});
  }
  /// Damage is a finding, and so is whatever comes of a database that is not as it was sealed; anything else ends the
  /// check.
  result<void> noted(const error& e) {
    const bool altered = chain_.is_sealed() && !as_sealed_ && e.code != errc::cancelled;
    if (e.code != errc::cache_damaged && !altered) return tl::unexpected(e);
    fault(e.detail);
    return {};
  }
  [[nodiscard]] std::string name() const { return file_.filename().string(); }

  fs::path file_;
  const std::function<bool(std::uint64_t)>& step_;
  std::optional<file_lock> lock_;
  run_chain chain_;
  bool as_sealed_ = false;
  std::unique_ptr<database> db_;
  store_check_report report_;
};

result<store_check_report> store_checker::run() {
  if (auto done = check_seals(); !done) return tl::unexpected(done.error());
  if (auto done = check_database_file(); !done) return tl::unexpected(done.error());
  if (auto done = check_segments_sealed(); !done) return tl::unexpected(done.error());
  const auto opened = open();
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return std::move(report_);
  for (const auto part : {&store_checker::check_structure, &store_checker::check_counts, &store_checker::check_places,
                          &store_checker::check_octets}) {
    auto done = (this->*part)();
    if (!done) done = noted(done.error());
    if (!done) return tl::unexpected(done.error());
  }
  return std::move(report_);
}

// What is sealed stays so while it is looked at. A store that a writer has opened is held against its content, and that
// can be done beside the writer.
result<run_chain> store_checker::settled_chain() {
  const fs::path beside = file_.native() + ".lock";
  std::error_code problem;
  std::optional<error> in_use;
  if (fs::exists(beside, problem)) {
    auto lock = file_lock::take(beside);
    if (lock) lock_.emplace(std::move(*lock));
    // Where nothing can be written nobody writes.
    if (!lock && lock.error().code == errc::cache_locked) in_use = lock.error();
  }
  auto chain = read_runs(runs_of(file_));
  if (!chain) return chain;
  if (in_use && (chain->is_sealed() || !chain->faults.empty())) return tl::unexpected(*in_use);
  if (!chain->is_sealed()) lock_.reset();
  return chain;
}

result<void> store_checker::check_seals() {
  auto chain = settled_chain();
  if (!chain) return tl::unexpected(chain.error());
  chain_ = std::move(*chain);
  for (const auto& f : chain_.faults) fault(f);
  for (const auto& e : chain_.entries) report_.seals += std::holds_alternative<seal>(e.what) ? 1 : 0;
  const auto* const last = chain_.last_seal();
  if (last == nullptr) return {};
  report_.sealed_at = last->at;
  report_.seal = to_hex(last->sum);
  report_.changed_since_sealed = !chain_.is_sealed();
  return {};
}

result<void> store_checker::check_database_file() {
  if (!chain_.is_sealed()) return {};
  const auto& last = std::get<seal>(chain_.last_seal()->what);
  const auto now = sum_of_database(file_, step_);
  if (!now) return tl::unexpected(now.error());
  as_sealed_ = now->size == last.database_octets && now->sum == last.database;
  if (!as_sealed_) fault(name() + ": the database is not as it was sealed");
  return {};
}

result<void> store_checker::check_segments_sealed() {
  for (const auto& one : chain_.entries) {
    const auto* const sealed = std::get_if<seal>(&one.what);
    if (sealed == nullptr) continue;
    for (const auto& e : sealed->mail) {
      const auto segment = mail_folder_of(file_) / segment_name(e.segment);
      const auto named = (segment.parent_path().filename() / segment.filename()).string();
      const auto now = sum_of_segment(segment, e.from, e.to, step_);
      if (!now && now.error().code == errc::cancelled) return tl::unexpected(now.error());
      if (!now) fault(named + ": " + now.error().detail);
      if (now && *now != e.sum) {
        fault(named + ": octets " + std::to_string(e.from) + " to " + std::to_string(e.to - 1) +
              " are not as they were sealed");
      }
    }
  }
  return {};
}

/// False: the database cannot be looked into, and a finding says so.
result<bool> store_checker::open() {
  auto opened = open_for_reading(file_, migrations());
  if (!opened) {
    const bool ours = chain_.last_seal() != nullptr && opened.error().code != errc::cancelled;
    if (!ours && opened.error().code != errc::cache_damaged) return tl::unexpected(opened.error());
    fault(name() + ": the database cannot be opened: " + opened.error().message());
    return false;
  }
  db_ = std::make_unique<database>(std::move(*opened));
  return true;
}

result<void> store_checker::check_structure() {
  statement structure(*db_, "PRAGMA integrity_check");
  auto checked = structure.for_each([&](const statement& row) {
    if (row.view(0) != "ok") fault(name() + ": SQLite: " + printable(row.view(0), 200));
    return !step_ || step_(0);
  });
  if (!checked) return checked;
  statement references(*db_, "PRAGMA foreign_key_check");
  return references.for_each([&](const statement& row) {
    fault(name() + ": row " + std::to_string(row.integer(1)) + " of table " + printable(row.view(0), 64) +
          " refers to a row of table " + printable(row.view(2), 64) + " that does not exist");
    return report_.fault_count < 2 * most_faults;
  });
}

result<void> store_checker::check_counts() {
  const auto version = schema_version(*db_);
  if (!version) return tl::unexpected(version.error());
  if (*version < first_version_with_counts) return {};
  statement wrong(*db_,
                  "SELECT f.mailbox FROM folder AS f WHERE (f.messages, f.bodies, f.body_octets) <>"
                  " (SELECT count(*), count(m.body), coalesce(sum(b.size), 0) FROM message AS m"
                  " LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = f.id)");
  return wrong.for_each([&](const statement& row) {
    fault(name() + ": the counts of a folder are not those of its messages", mailbox_name(std::string(row.view(0))));
    return report_.fault_count < 2 * most_faults;
  });
}

result<void> store_checker::check_places() {
  statement outside(*db_,
                    "SELECT p.kind, p.id FROM (SELECT 'body' AS kind, id, segment, start, size FROM body"
                    " UNION ALL SELECT 'header', id, segment, start, size FROM header"
                    " UNION ALL SELECT 'body', body, segment, start, size FROM body_piece) AS p"
                    " LEFT JOIN segment AS s ON s.id = p.segment"
                    " WHERE p.segment <> 0 AND (s.id IS NULL OR p.start + p.size > s.used)");
  auto read = outside.for_each([&](const statement& row) {
    fault(name() + ": " + std::string(row.view(0)) + ' ' + std::to_string(row.integer(1)) +
          " is said to stand in no segment");
    return report_.fault_count < 2 * most_faults;
  });
  if (!read) return read;
  const auto whose = identity_of(*db_);
  if (!whose) return tl::unexpected(whose.error());
  statement segments(*db_, "SELECT id, used FROM segment ORDER BY id");
  result<void> sound;
  read = segments.for_each([&](const statement& row) {
    const auto opened =
        open_segment(mail_folder_of(file_), *whose, row.integer(0), static_cast<std::uint64_t>(row.integer(1)), false);
    if (!opened) sound = noted(opened.error());
    return sound.has_value();
  });
  return read ? sound : read;
}

result<void> store_checker::name_messages(const std::string& what, const char* sql, std::int64_t row) {
  statement users(*db_, sql);
  std::size_t named = 0;
  auto read = users.for_each(
      [&](const statement& user) {
        const bool expunged = user.integer(2) != 0;
        fault(what + (expunged ? " (expunged on the server)" : ""), mailbox_name(std::string(user.view(0))),
              uid{static_cast<std::uint32_t>(user.integer(1))});
        return ++named < most_messages_of_a_body;
      },
      row);
  if (read && named == 0) fault(what + ", which no message has");
  return read;
}

result<void> store_checker::check_octets() {
  const auto whose = identity_of(*db_);
  if (!whose) return tl::unexpected(whose.error());
  statement count(*db_, "SELECT count(*) FROM message");
  auto counted =
      count.first([&](const statement& row) { report_.messages = static_cast<std::uint64_t>(row.integer(0)); });
  if (!counted) return tl::unexpected(counted.error());
  mail_octets mail(*db_, mail_folder_of(file_), *whose);
  result<void> outcome;
  const auto judge = [&](const char* kind, const char* users, std::uint64_t& counter) {
    return [&, kind, users](std::int64_t row, std::uint64_t octets, const result<void>& sound) {
      ++counter;
      report_.octets += octets;
      if (!sound && sound.error().code == errc::file_error) outcome = tl::unexpected(sound.error());
      if (!sound && outcome) outcome = name_messages(std::string(kind) + ": " + sound.error().detail, users, row);
      if (outcome && step_ && !step_(octets)) outcome = fail(errc::cancelled);
      return outcome.has_value();
    };
  };
  auto read = mail.check_bodies(judge("body",
                                      "SELECT f.mailbox, m.uid, 0 FROM message AS m JOIN folder AS f ON f.id = m.folder"
                                      " WHERE m.body = ?1 UNION ALL SELECT f.mailbox, t.uid, 1 FROM tombstone AS t"
                                      " JOIN folder AS f ON f.id = t.folder WHERE t.body = ?1",
                                      report_.bodies));
  if (!read || !outcome) return read ? outcome : read;
  read = mail.check_headers(judge("header",
                                  "SELECT f.mailbox, m.uid, 0 FROM message AS m JOIN folder AS f ON f.id = m.folder"
                                  " WHERE m.header = ?1 UNION ALL SELECT f.mailbox, t.uid, 1 FROM tombstone AS t"
                                  " JOIN folder AS f ON f.id = t.folder WHERE t.header = ?1",
                                  report_.headers));
  return read ? outcome : read;
}

}  // namespace

result<store_check_report> check_store(const fs::path& file, const std::function<bool(std::uint64_t)>& step) {
  const auto path = resolve(file);
  if (!path) return tl::unexpected(path.error());
  return store_checker(*path, step).run();
}

}  // namespace outmap::cache
