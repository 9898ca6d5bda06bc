#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using outmap::export_format;
using outmap::system_flag;

namespace {

constexpr auto seen = static_cast<std::uint8_t>(system_flag::seen);
constexpr auto flagged = static_cast<std::uint8_t>(system_flag::flagged);
constexpr auto answered = static_cast<std::uint8_t>(system_flag::answered);

std::int64_t modified_at(const fs::path& file) {
  const auto at = std::chrono::file_clock::to_sys(fs::last_write_time(file));
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

TEST_CASE("a cache becomes a Maildir for each folder") {
  sample_cache cache;
  cache.put("INBOX",
            {{1, message_text("one"), seen, some_day}, {2, message_text("two"), seen | flagged, some_day + 60}});
  cache.put("INBOX/Entw&APw-rfe", {{1, message_text("draft")}});
  cache.put("Empty", {});

  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.folders == 3);
  CHECK(report.written == 3);
  CHECK(report.unchanged == 0);
  CHECK(report.failures.empty());
  CHECK(report.octets == message_text("one").size() + message_text("two").size() + message_text("draft").size());

  const auto files = tree(cache.target());
  REQUIRE(files.size() == 3);
  for (const auto& [name, content] : files) {
    CAPTURE(name);
    if (content == message_text("one")) CHECK(name.starts_with("INBOX/cur/1700000000."));
    if (content == message_text("one")) CHECK(name.ends_with(".outmap:2,S"));
    if (content == message_text("two")) CHECK(name.ends_with(".outmap:2,FS"));
    if (content == message_text("draft")) CHECK(name.starts_with("INBOX/Entwürfe/cur/"));
    if (content == message_text("draft")) CHECK(name.ends_with(".outmap:2,"));
    const auto path = cache.target() / name;
    CHECK(modified_at(path) == (content == message_text("two") ? some_day + 60 : some_day));
    CHECK((fs::status(path).permissions() & fs::perms::mask) == (fs::perms::owner_read | fs::perms::owner_write));
  }
  for (const auto* part : {"cur", "new", "tmp"}) {
    CHECK(fs::is_directory(cache.target() / "Empty" / part));
    CHECK(fs::is_directory(cache.target() / "INBOX" / part));
  }
  CHECK((fs::status(cache.target() / "INBOX").permissions() & fs::perms::mask) == fs::perms::owner_all);
}

TEST_CASE("a second run writes nothing") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two"), seen}, {3, message_text("one")}});
  CHECK(cache.export_all(export_format::maildir).written == 3);
  const auto before = tree(cache.target());
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.written == 0);
  CHECK(report.octets == 0);
  CHECK(report.unchanged == 3);
  CHECK(tree(cache.target()) == before);
}

TEST_CASE("a third run writes what is new only") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.export_all(export_format::maildir);
  cache.put("INBOX", {{2, message_text("two")}});
  cache.put("New one", {{1, message_text("three")}});
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.written == 2);
  CHECK(report.unchanged == 1);
  CHECK(tree(cache.target()).size() == 3);
}

TEST_CASE("messages of equal content in one folder are all there") {
  sample_cache cache;
  cache.put("INBOX",
            {{1, message_text("same")}, {2, message_text("same"), 0, some_day + 1}, {5, message_text("same")}});
  cache.put("Other", {{1, message_text("same")}});
  CHECK(cache.export_all(export_format::maildir).written == 4);
  CHECK(tree(cache.target() / "INBOX").size() == 3);
  CHECK(tree(cache.target() / "Other").size() == 1);
  CHECK(cache.export_all(export_format::maildir).unchanged == 4);
}

TEST_CASE("a changed flag renames the file") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two"), seen}});
  cache.export_all(export_format::maildir);
  cache.set_flags("INBOX", 1, seen | answered);
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.flags_renamed == 1);
  CHECK(report.unchanged == 1);
  CHECK(report.written == 0);
  const auto files = tree(cache.target());
  REQUIRE(files.size() == 2);
  for (const auto& [name, content] : files) {
    CHECK(name.ends_with(content == message_text("one") ? ":2,RS" : ":2,S"));
  }
  CHECK(cache.export_all(export_format::maildir).flags_renamed == 0);
}

TEST_CASE("what a mail program did to the names makes nothing new") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one"), seen}, {2, message_text("two")}, {3, message_text("three")}});
  cache.export_all(export_format::maildir);
  for (const auto& [name, content] : tree(cache.target())) {
    const auto path = cache.target() / name;
    const auto base = path.filename().string().substr(0, path.filename().string().find(':'));
    if (content == message_text("one")) fs::rename(path, path.parent_path() / (base + ":2,PSa"));
    if (content == message_text("two")) fs::rename(path, cache.target() / "INBOX/new" / base);
    if (content == message_text("three")) fs::rename(path, path.parent_path() / (base + ",U=3:2,T"));
  }
  auto report = cache.export_all(export_format::maildir);
  CHECK(report.written == 0);
  CHECK(report.unchanged == 2);
  CHECK(report.flags_renamed == 1);  // the deletion mark that the server knows nothing of

  cache.set_flags("INBOX", 1, flagged);
  cache.set_flags("INBOX", 2, seen);
  report = cache.export_all(export_format::maildir);
  CHECK(report.written == 0);
  CHECK(report.flags_renamed == 2);
  const auto files = tree(cache.target());
  REQUIRE(files.size() == 3);
  for (const auto& [name, content] : files) {
    CAPTURE(name);
    CHECK(name.starts_with("INBOX/cur/"));
    if (content == message_text("one")) CHECK(name.ends_with(".outmap:2,FPa"));
    if (content == message_text("two")) CHECK(name.ends_with(".outmap:2,S"));
    if (content == message_text("three")) CHECK(name.ends_with(".outmap,U=3:2,"));
  }
}

TEST_CASE("OIMAP-V0003 a changed UIDVALIDITY writes nothing twice") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one"), seen}, {2, message_text("two")}});
  cache.export_all(export_format::maildir);
  const auto before = tree(cache.target());
  // Other UIDs, and another server that knows another INTERNALDATE.
  cache.put("INBOX", {{11, message_text("one"), seen, some_day + 86400}, {12, message_text("two")}}, '/', false, 2);
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.written == 0);
  CHECK(report.unchanged == 2);
  CHECK(tree(cache.target()) == before);
}

TEST_CASE("what the server expunged stays on disk") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two")}});
  cache.export_all(export_format::maildir);
  cache.expunge("INBOX", 1);
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.unchanged == 1);
  CHECK(tree(cache.target()).size() == 2);
}

TEST_CASE("a mailbox that cannot be selected has a folder for its children only") {
  sample_cache cache;
  cache.put("Barren", {}, '/', true);
  cache.put("Parent", {}, '/', true);
  cache.put("Parent/Child", {{1, message_text("one")}});
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.folders == 1);
  CHECK_FALSE(fs::exists(cache.target() / "Barren"));
  CHECK_FALSE(fs::exists(cache.target() / "Parent/cur"));
  CHECK(fs::is_directory(cache.target() / "Parent/Child/cur"));
}

TEST_CASE("folders that differ by case are apart on every file system") {
  sample_cache cache;
  cache.put("Work", {{1, message_text("one")}});
  cache.put("work", {{1, message_text("two")}});
  cache.put("../escape", {{1, message_text("three")}}, '.');
  CHECK(cache.export_all(export_format::maildir).written == 3);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(cache.target())) {
    std::string name = entry.path().filename().string();
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    names.insert(name);
  }
  CHECK(names.size() == 3);
  CHECK(tree(cache.outside("")).size() >= 3);
  CHECK_FALSE(fs::exists(cache.outside("escape")));
}

TEST_CASE("only the folders that are asked for are exported, under the same names") {
  sample_cache cache;
  cache.put("Work", {{1, message_text("one")}});
  cache.put("work", {{1, message_text("two")}});
  const std::atomic<bool> never{false};
  const auto only = need(cache.try_export(export_format::maildir, cache.target(), never, {},
                                          [](std::string_view name) { return name == "work"; }));
  CHECK(only.folders == 1);
  CHECK(only.written == 1);
  CHECK_FALSE(fs::exists(cache.target() / "Work"));
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.written == 1);
  CHECK(report.unchanged == 1);
}

TEST_CASE("a message without a body is counted and not written") {
  sample_cache cache;
  sample_message header_only{1, message_text("one")};
  header_only.with_body = false;
  cache.put("INBOX", {header_only, {2, message_text("two")}});
  const auto report = cache.export_all(export_format::maildir);
  CHECK(report.without_body == 1);
  CHECK(report.written == 1);
}

TEST_CASE("each message is told once") {
  sample_cache cache;
  sample_message header_only{4, message_text("four")};
  header_only.with_body = false;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two")}, {3, message_text("three")}, header_only});
  std::vector<std::uint64_t> told;
  const auto count = [&](const outmap::export_report& r) { told.push_back(r.written + r.unchanged + r.without_body); };
  need(cache.try_export(export_format::maildir, count));
  CHECK(told == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("a large message passes in pieces") {
  sample_cache cache;
  const auto large = message_text("large", 5'000'000);
  cache.put("INBOX", {{1, large}, {2, message_text("")}});
  CHECK(cache.export_all(export_format::maildir).octets == large.size() + message_text("").size());
  const auto all = contents(tree(cache.target()));
  CHECK(std::count(all.begin(), all.end(), large) == 1);
}

TEST_CASE("more messages than one group are exported") {
  sample_cache cache;
  std::vector<sample_message> messages;
  for (std::uint32_t i = 1; i <= 300; ++i) messages.push_back({i, message_text(std::to_string(i))});
  cache.put("INBOX", messages);
  CHECK(cache.export_all(export_format::maildir).written == 300);
  CHECK(tree(cache.target()).size() == 300);
  CHECK(fs::is_empty(cache.target() / "INBOX/tmp"));
  CHECK(cache.export_all(export_format::maildir).unchanged == 300);
}
