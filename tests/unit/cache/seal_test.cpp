// Seals, and the check that finds every octet that is not as it was sealed.
#include "cache/run_chain.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "cache/database.hpp"
#include "cache/schema.hpp"
#include "cache/store_check.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

namespace {

cache::store_check_report checked(const fs::path& file) { return need(cache::check_store(file, {})); }

std::string faults_of(const cache::store_check_report& report) {
  std::string out;
  for (const auto& f : report.faults) {
    out += f.what;
    if (!f.mailbox.wire().empty()) out += " [" + f.mailbox.wire() + " " + std::to_string(f.uid.value) + "]";
    out += '\n';
  }
  return out;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool every_octet() { return std::getenv("OUTMAP_EVERY_OCTET") != nullptr; }

/// Bodies small and large, in one piece and in several, a header alone, an expunged message, and two seals.
struct sealed_store {
  temporary_folder folder;
  fs::path file = folder.file("anna.outmap");
  std::string large = "Subject: large\r\n\r\n" + noise(1, 20'000);
  // Of a body that has a segment to itself; a check reads all of it, so trying every octet costs the square of it.
  std::size_t piece = every_octet() ? 11'000 : 700'000;

  sealed_store() {
    cache::store::options how;
    how.segment_octets = 30'000;
    auto s = need(cache::store::open(file, account, how));
    const auto inbox = make_folder(*s);
    committed(*s, [&](cache::store& in) {
      need(in.put_body(inbox, uid{1}, flag_set(1), "Subject: one\r\n\r\nfirst"));
      need(in.put_body(inbox, uid{2}, flag_set(), large));
      need(in.put_header(inbox, arrival(3, "Subject: header only\r\n\r\n")));
      need(in.put_body(inbox, uid{4}, flag_set(), "Subject: gone\r\n\r\ngone"));
    });
    need(s->put_seal(1000));
    committed(*s, [&](cache::store& in) {
      uid_set gone;
      gone.add(uid{4});
      need(in.set_vanished(inbox, gone, 1500));
      const auto t = need(in.begin_body());
      for (unsigned i = 0; i < 3; ++i) {
        need(in.append_body(t, noise(i + 7, piece)));
        need(in.put_body(inbox, uid{10 + i}, flag_set(), "Subject: between\r\n\r\n" + std::to_string(i)));
      }
      need(in.finish_body(t, inbox, uid{9}, flag_set()));
    });
    cache::backup_record run;
    run.server = "mail.example:993";
    run.outcome = "complete";
    need(s->put_backup(run));
    need(s->put_seal(2000));
  }

  /// With one octet of `what` changed.
  std::string faults_with_flip(const fs::path& what, std::size_t at) const {
    flip(what, at);
    const auto report = cache::check_store(file, {});
    flip(what, at);
    REQUIRE_MESSAGE(report.has_value(), "octet " << at << ": " << (report ? "" : report.error().message()));
    return faults_of(*report);
  }

 private:
  static void flip(const fs::path& what, std::size_t at) {
    std::fstream in(what, std::ios::in | std::ios::out | std::ios::binary);
    in.seekg(static_cast<std::streamoff>(at));
    const int octet = in.get();
    in.seekp(static_cast<std::streamoff>(at));
    in.put(static_cast<char>(octet ^ (1 << (at % 8))));
    in.flush();
    REQUIRE(in.good());
  }
};

/// Every octet with OUTMAP_EVERY_OCTET, else some hundred of them, the first and the last among them.
std::vector<std::size_t> positions(std::size_t size, std::size_t about) {
  std::vector<std::size_t> out;
  const std::size_t step = every_octet() ? 1 : std::max<std::size_t>(1, size / about);
  for (std::size_t at = 0; at < size; at += step) out.push_back(at);
  if (size > 0) out.push_back(size - 1);
  return out;
}

}  // namespace

TEST_CASE("a store that is as it was sealed has no faults, and the check counts what it held against digests") {
  const sealed_store s;
  const auto report = checked(s.file);
  CHECK(faults_of(report).empty());
  CHECK(report.seals == 2);
  CHECK(report.sealed_at == 2000);
  CHECK(report.seal.size() == 64);
  CHECK_FALSE(report.changed_since_sealed);
  CHECK(report.bodies == 7);
  CHECK(report.headers == 1);
  CHECK(report.messages == 7);
  CHECK(report.octets > 3 * s.piece);
  // Looking changes nothing.
  CHECK(faults_of(checked(s.file)).empty());
  CHECK(checked(s.file).seal == report.seal);
}

TEST_CASE("an octet that is changed anywhere in the database is found and the file named") {
  const sealed_store s;
  const auto size = fs::file_size(s.file);
  for (const auto at : positions(size, 120)) {
    CAPTURE(at);
    CHECK(has(s.faults_with_flip(s.file, at), "anna.outmap: "));
  }
}

TEST_CASE("an octet that is changed anywhere in a segment is found, and the segment and the message are named") {
  const sealed_store s;
  const auto folder = s.file.native() + ".mail";
  std::size_t messages = 0;
  for (const auto& name : names_in(folder)) {
    const fs::path segment = fs::path(folder) / name;
    for (const auto at : positions(fs::file_size(segment), 25)) {
      CAPTURE(name);
      CAPTURE(at);
      const auto faults = s.faults_with_flip(segment, at);
      CHECK(has(faults, "anna.outmap.mail/" + name + ": octets "));
      messages += has(faults, "[INBOX ") ? 1 : 0;
    }
  }
  CHECK(messages > 20);
}

TEST_CASE("an octet that is changed anywhere in the record of runs and seals is found") {
  const sealed_store s;
  const fs::path runs = cache::runs_of(s.file);
  for (const auto at : positions(fs::file_size(runs), 80)) {
    CAPTURE(at);
    CHECK(has(s.faults_with_flip(runs, at), "anna.outmap.runs, line "));
  }
}

TEST_CASE("files that are cut off, missing or exchanged are found") {
  const sealed_store s;
  const fs::path first = s.file.native() + ".mail/000001.seg";
  SUBCASE("a segment is shorter") { fs::resize_file(first, fs::file_size(first) - 1); }
  SUBCASE("a segment is gone") { fs::remove(first); }
  SUBCASE("a segment is the copy of another") {
    fs::copy_file(s.file.native() + ".mail/000002.seg", first, fs::copy_options::overwrite_existing);
  }
  SUBCASE("the database is shorter") { fs::resize_file(s.file, fs::file_size(s.file) - cache::page_size); }
  SUBCASE("the database is longer") { fs::resize_file(s.file, fs::file_size(s.file) + cache::page_size); }
  CHECK_FALSE(faults_of(checked(s.file)).empty());
}

TEST_CASE("what a later run of ours changes is no fault, and is not taken for what was sealed") {
  const sealed_store s;
  {
    const auto again = open_store(s.file);
    committed(*again, [&](cache::store& in) { need(in.put_body(1, uid{20}, flag_set(), "Subject: later\r\n\r\nx")); });
  }
  const auto report = checked(s.file);
  CHECK(faults_of(report).empty());
  CHECK(report.changed_since_sealed);
  CHECK(report.bodies == 8);
  // Mail is held against its digests all the same.
  const fs::path first = s.file.native() + ".mail/000001.seg";
  const auto at = read_file(first).find("first");
  REQUIRE(at != std::string::npos);
  CHECK(has(s.faults_with_flip(first, at), "[INBOX 1]"));
  {
    const auto again = open_store(s.file);
    need(again->put_seal(3000));
  }
  const auto sealed = checked(s.file);
  CHECK_FALSE(sealed.changed_since_sealed);
  CHECK(sealed.seals == 3);
  CHECK(sealed.seal != report.seal);
}

TEST_CASE("a store that was never sealed is held against its digests") {
  const temporary_folder folder;
  const auto file = folder.file("plain.outmap");
  {
    const auto s = open_store(file);
    const auto inbox = make_folder(*s);
    committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{5}, flag_set(), "Subject: a\r\n\r\nmarked")); });
  }
  CHECK(checked(file).seals == 0);
  CHECK(faults_of(checked(file)).empty());
  const fs::path segment = file.native() + ".mail/000001.seg";
  auto octets = read_file(segment);
  octets[octets.find("marked")] = 'M';
  write_file(segment, octets);
  CHECK(has(faults_of(checked(file)), "[INBOX 5]"));
}

TEST_CASE("a crash while a seal was written leaves one that is found and replaced") {
  const sealed_store s;
  const fs::path runs = cache::runs_of(s.file);
  write_file(runs, read_file(runs) + "5 3000 seal abc");
  CHECK(has(faults_of(checked(s.file)), "line 5"));
  need(open_store(s.file)->put_seal(3000));
  CHECK(faults_of(checked(s.file)).empty());
  CHECK(checked(s.file).seals == 3);
}

TEST_CASE("runs of a backup are kept with what the cache held") {
  const sealed_store s;
  cache::backup_record run;
  run.started_at = 10;
  run.ended_at = 20;
  run.server = "mail.example:993";
  run.outcome = "partial";
  run.problem = "one folder failed: \\x00 \xc3\xa4";
  run.folders = 3;
  run.failed_folders = 1;
  run.body_octets = 12345;
  const auto again = open_store(s.file);
  need(again->put_backup(run));
  run.started_at = 30;
  run.outcome = "complete";
  run.problem.clear();
  need(again->put_backup(run));
  need(again->put_seal(40));
  const auto chain = need(cache::read_runs(cache::runs_of(s.file)));
  CHECK(chain.faults.empty());
  CHECK(chain.is_sealed());
  std::vector<cache::backup_record> runs;
  for (const auto& e : chain.entries) {
    if (const auto* const one = std::get_if<cache::backup_record>(&e.what)) runs.push_back(*one);
  }
  REQUIRE(runs.size() == 3);
  CHECK(runs[1].started_at == 10);
  CHECK(runs[2].outcome == "complete");
  CHECK(runs[2].problem.empty());
  CHECK(runs[1].problem == "one folder failed: \\x00 \xc3\xa4");
  CHECK(runs[1].body_octets == 12345);
  CHECK(runs[1].held_messages == 7);
  CHECK(runs[1].held_expunged == 1);
  CHECK(runs[1].held_octets > 3 * s.piece);
}

TEST_CASE("a store that is sealed is told from one that was opened for writing since, whatever came of that") {
  const sealed_store s;
  const auto runs = [&] { return need(cache::read_runs(cache::runs_of(s.file))); };
  REQUIRE(runs().is_sealed());
  CHECK(code_of(cache::store::open(s.file, "berta@mail.example", {})) == errc::cache_other_account);
  CHECK(runs().is_sealed());
  {
    const auto reading = open_reader(s.file);
    CHECK_FALSE(need(reading->folders()).empty());
  }
  CHECK(runs().is_sealed());
  CHECK(faults_of(checked(s.file)).empty());
  { const auto opened = open_store(s.file); }
  CHECK_FALSE(runs().is_sealed());
  const auto entries = runs().entries.size();
  { const auto opened = open_store(s.file); }
  CHECK(runs().entries.size() == entries);
}

TEST_CASE("a check waits for no writer: it looks beside one, and says so where it cannot") {
  const sealed_store s;
  const auto writing = open_store(s.file);
  CHECK(faults_of(checked(s.file)).empty());
  CHECK(checked(s.file).changed_since_sealed);
  need(writing->put_seal(3000));
  CHECK(code_of(cache::check_store(s.file, {})) == errc::cache_locked);
}

TEST_CASE("a new cache does not go on with the record of one that was removed") {
  const sealed_store s;
  const auto before = read_file(cache::runs_of(s.file));
  fs::remove(s.file);
  fs::remove_all(s.file.native() + ".mail");
  { const auto anew = open_store(s.file); }
  CHECK(read_file(cache::runs_of(s.file).native() + ".old") == before);
  CHECK(checked(s.file).seals == 0);
  CHECK(faults_of(checked(s.file)).empty());
}

TEST_CASE("counts that are not those of the messages are found, sealed or not") {
  const sealed_store s;
  { const auto opened = open_store(s.file); }
  {
    auto db = need(cache::database::open(s.file.native(), SQLITE_OPEN_READWRITE));
    need(db.run("UPDATE folder SET messages = messages + 1"));
  }
  CHECK(has(faults_of(checked(s.file)), "the counts of a folder are not those of its messages [INBOX 0]"));
}

TEST_CASE("a record of runs that is something else has a thousand faults at most, and its entries count") {
  const sealed_store s;
  const fs::path runs = cache::runs_of(s.file);
  const auto whole = need(cache::read_runs(runs));
  write_file(runs, std::string(3'000'000, '\n') + read_file(runs));
  const auto found = need(cache::read_runs(runs));
  CHECK(found.faults.size() == 1000);
  CHECK(found.entries.size() == whole.entries.size());
  CHECK(found.whole_octets == fs::file_size(runs));
}
