#include "archive/importer.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "archive/exporter.hpp"
#include "archive/mbox.hpp"
#include "cache/reader.hpp"
#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using namespace outmap;

namespace {

using held = std::multiset<std::tuple<std::string, std::string, std::int64_t>>;

std::map<std::string, held> contents_of(const fs::path& cache) {
  std::map<std::string, held> out;
  const auto from = need(cache::reader::open(cache));
  for (const auto& f : need(from->folders())) {
    auto& into = out[f.listed.mailbox.wire()];
    std::vector<cache::message_record> messages;
    need(from->for_each_message(f.id, [&](const cache::message_record& m) {
      messages.push_back(m);
      return true;
    }));
    for (const auto& m : messages) {
      std::string text;
      need(from->body(f.id, m.uid, [&](std::string_view piece) {
        text += piece;
        return true;
      }));
      into.emplace(text, m.flags.to_string(), m.date ? m.date->unix_seconds : 0);
    }
  }
  return out;
}

struct import_fixture {
  sample_cache original;
  fs::path imported = original.outside("imported.outmap");
  std::atomic<bool> stop{false};

  result<import_report> try_import(export_format format, const fs::path& from, bool dry = false,
                                   const std::string& into = {}) {
    import_options options;
    options.format = format;
    options.from = from;
    options.dry_run = dry;
    options.into = into;
    return archive::import_files(imported, options, some_day, stop, {});
  }
  import_report import_from(export_format format, const fs::path& from) {
    auto report = need(try_import(format, from));
    for (const auto& f : report.failures) FAIL_CHECK(f.message());
    return report;
  }
};

}  // namespace

TEST_CASE_FIXTURE(import_fixture, "what was exported comes back, in each format, once") {
  original.put("INBOX",
               {{1, message_text("one"), 1}, {2, message_text("two"), 31, some_day + 9}, {3, message_text("one"), 1}});
  original.put("Entw&APw-rfe", {{1, message_text("draft"), 16}});
  original.put("Archive/2023", {{1, message_text("old", 30'000), 2}});
  for (const auto format : {export_format::eml, export_format::maildir, export_format::mbox}) {
    CAPTURE(static_cast<int>(format));
    fs::remove_all(original.target());
    fs::remove_all(imported);
    fs::remove_all(imported.native() + ".mail");
    original.export_all(format);
    const auto dry = need(try_import(format, original.target(), true));
    CHECK(dry.imported == 5);
    CHECK_FALSE(fs::exists(imported));
    const auto report = import_from(format, original.target());
    CHECK(report.imported == 5);
    CHECK(report.folders == 3);
    auto expected = contents_of(original.file());
    if (format == export_format::eml) {
      for (auto& [name, messages] : expected) {
        held plain;
        for (const auto& [text, flags, date] : messages) plain.emplace(text, "", date);
        messages = std::move(plain);
      }
    }
    CHECK((contents_of(imported) == expected));
    const auto again = import_from(format, original.target());
    CHECK(again.imported == 0);
    CHECK(again.there == 5);
    CHECK((contents_of(imported) == expected));
  }
}

TEST_CASE_FIXTURE(import_fixture, "a Maildir++, and a mailbox above all that is imported") {
  original.put("INBOX", {{1, message_text("one"), 1}});
  original.put("Archive/2023", {{1, message_text("old"), 2}});
  const archive::export_order order{export_format::maildir, original.target(), [](std::string_view) { return true; },
                                    folder_layout::maildirpp};
  const auto from = need(cache::reader::open(original.file()));
  CHECK(need(archive::export_folders(*from, order, stop, {})).written == 2);
  CHECK(fs::is_directory(original.target() / "cur"));
  CHECK(fs::is_directory(original.target() / ".Archive.2023" / "cur"));
  CHECK(need(try_import(export_format::maildir, original.target(), false, "Old")).imported == 2);
  const auto all = contents_of(imported);
  CHECK(all.contains("Old"));
  CHECK(all.contains("Old/Archive/2023"));
}

TEST_CASE_FIXTURE(import_fixture, "folders of a Maildir++ that are too deep are named, and their mail is in no other") {
  auto folder = original.outside("deep");
  const auto put = [&](const std::string& name) {
    for (const char* part : {"cur", "new", "tmp"}) fs::create_directories(folder / part);
    std::ofstream(folder / "cur" / (name + ":2,S")) << "Subject: " << name << "\n\nx\n";
  };
  put("top");
  const auto from = folder;
  // Each level beside the one before, and 65 in one name.
  for (int level = 1; level <= 70; ++level) {
    folder /= ".l";
    put("level-" + std::to_string(level));
  }
  std::string name;
  for (int level = 1; level <= 65; ++level) name += ".n";
  folder = from / name;
  put("one name");
  const auto report = need(try_import(export_format::maildir, from));
  CHECK(report.imported == 65);
  CHECK(report.failed == 2);
  for (const auto& f : report.failures) CHECK(f.code == errc::limit_exceeded);
  for (const auto& [mailbox, mail] : contents_of(imported)) CHECK(mail.size() == 1);
}

TEST_CASE_FIXTURE(import_fixture, "files of other formats are named and counted, and the rest is imported") {
  const auto folder = original.outside("strange");
  fs::create_directories(folder / "Sub");
  std::ofstream(folder / "good.eml") << "Subject: good\n\nLF alone\n";
  std::ofstream(folder / "empty.eml");
  std::ofstream(folder / "binary.eml") << std::string(
      "\x7f"
      "ELF\0\0\1",
      7);
  std::ofstream(folder / "Sub" / "UPPER.EML") << "Subject: upper\r\n\r\nx\r\n";
  fs::create_symlink("/etc/passwd", folder / "link.eml");
  std::ofstream(folder / "note.txt") << "not asked for";
  const auto report = need(try_import(export_format::eml, folder));
  CHECK(report.imported == 2);
  CHECK(report.failed == 2);
  for (const auto& f : report.failures) {
    CHECK(f.code == errc::wrong_format);
    CHECK(f.detail.find(".eml") != std::string::npos);
  }
  CHECK(std::get<0>(*contents_of(imported).at("INBOX").begin()) == "Subject: good\r\n\r\nLF alone\r\n");
  CHECK(contents_of(imported).contains("Sub"));

  std::ofstream(folder / "wrong.mbox") << "hello\n";
  std::ofstream(folder / "right.mbox") << "From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\ny\n";
  const auto boxes = need(try_import(export_format::mbox, folder));
  CHECK(boxes.imported == 1);
  CHECK(boxes.failed == 1);
  CHECK(boxes.failures.front().detail.find("wrong.mbox") != std::string::npos);
  CHECK_FALSE(try_import(export_format::maildir, folder / "nothing there"));
}

TEST_CASE_FIXTURE(import_fixture, "a file of another format leaves nothing behind: no mailbox, and no cache") {
  const auto folder = original.outside("strange");
  fs::create_directories(folder);
  const auto box = folder / "wrong.mbox";
  for (const std::string octets :
       {"hello\n", "PK\x03\x04", "Subject: one message\n\nx\n", "\n\nFrom a@b\n",
        "From a@b Mon Jan  1 00:00:00 2024\n\nno header\n", "From here on it is a letter."}) {
    CAPTURE(octets);
    test::write_file(box, octets);
    for (const auto& from : {box, folder}) {
      const auto report = need(try_import(export_format::mbox, from));
      CHECK(report.folders == 0);
      CHECK(report.imported == 0);
      REQUIRE(report.failed == 1);
      CHECK(report.failures.front().code == errc::wrong_format);
      CHECK(report.failures.front().detail.starts_with(box.string() + ": "));
      CHECK_FALSE(fs::exists(imported));
    }
  }
  test::write_file(folder / "wrong.eml",
                   "\x7f"
                   "ELF");
  CHECK(need(try_import(export_format::eml, folder)).failed == 1);
  CHECK_FALSE(fs::exists(imported));

  // Beside others, and in a cache that is there.
  test::write_file(folder / "right.mbox", "From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\ny\n");
  test::write_file(folder / "empty.mbox", "");
  CHECK(need(try_import(export_format::mbox, folder)).folders == 2);
  CHECK(need(try_import(export_format::eml, folder)).folders == 0);
  const auto made = contents_of(imported);
  CHECK(made.size() == 2);
  CHECK(made.at("right").size() == 1);
  CHECK(made.at("empty").empty());
}

TEST_CASE_FIXTURE(import_fixture, "a cache of an account takes no imported mail") {
  original.put("INBOX", {{1, message_text("one")}});
  original.export_all(export_format::eml);
  import_options options;
  options.format = export_format::eml;
  options.from = original.target();
  const auto refused = archive::import_files(original.file(), options, some_day, stop, {});
  REQUIRE_FALSE(refused);
  CHECK((refused.error().code == errc::cache_other_account || refused.error().code == errc::cache_locked));
}

TEST_CASE_FIXTURE(import_fixture, "an import that is stopped goes on when it is run again") {
  const auto folder = original.outside("many");
  fs::create_directories(folder);
  for (int i = 0; i < 50; ++i) std::ofstream(folder / (std::to_string(i) + ".eml")) << "Subject: " << i << "\n\nx\n";
  import_options options;
  options.format = export_format::eml;
  options.from = folder;
  const auto stopped = archive::import_files(imported, options, some_day, stop, [&](const import_report& now) {
    if (now.imported == 20) stop = true;
  });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == errc::cancelled);
  stop = false;
  const auto rest = need(try_import(export_format::eml, folder));
  CHECK(rest.imported + rest.there == 50);
  CHECK(contents_of(imported).at("INBOX").size() == 50);
}
