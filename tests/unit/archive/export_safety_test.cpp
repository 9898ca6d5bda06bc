#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/directory.hpp"
#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using outmap::errc;
using outmap::export_format;

namespace {

constexpr export_format both[] = {export_format::eml, export_format::maildir};

/// No file may grow past `octets` while this object lives; the write fails instead of killing the process.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t octets) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit tight{octets, old_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  }
  ~file_size_limit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

std::size_t files_named_part(const fs::path& root) {
  std::size_t out = 0;
  for (const auto& [name, content] : tree(root)) out += name.ends_with(".part");
  return out;
}

}  // namespace

TEST_CASE("a damaged body is reported and not written") {
  for (const auto format : both) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two")}, {3, message_text("three")}});
    cache.damage(
        "UPDATE body SET digest = CAST(x'58' || substr(digest, 2) AS BLOB)"
        " WHERE id = (SELECT body FROM message WHERE uid = 2)");
    const auto report = cache.export_all(format);
    CHECK(report.written == 2);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].code == errc::cache_damaged);
    CHECK(report.failures[0].reach == outmap::scope::message);
    CHECK(report.failures[0].detail.find("INBOX UID 2") != std::string::npos);
    const auto all = contents(tree(cache.target()));
    CHECK(all.size() == 2);
    CHECK(files_named_part(cache.target()) == 0);
    // Still missing at the next run, still nothing else to do.
    const auto again = cache.export_all(format);
    CHECK(again.failures.size() == 1);
    CHECK(again.written == 0);
  }
}

TEST_CASE("a symbolic link in the target is not followed") {
  for (const auto format : both) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("one")}});
    cache.put("Other", {{1, message_text("two")}});
    const auto elsewhere = cache.outside("elsewhere");
    fs::create_directories(elsewhere);
    fs::create_directories(cache.target());
    fs::create_directory_symlink(elsewhere, cache.target() / "INBOX");
    const auto report = cache.export_all(format);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].code == errc::file_error);
    CHECK(report.failures[0].reach == outmap::scope::folder);
    CHECK(report.failures[0].detail.find("symbolic link") != std::string::npos);
    CHECK(report.written == 1);
    CHECK(fs::is_empty(elsewhere));
  }
}

TEST_CASE("a symbolic link in the place of cur, new or tmp is not followed") {
  for (const std::string part : {"cur", "new", "tmp"}) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("one")}});
    const auto elsewhere = cache.outside("elsewhere");
    fs::create_directories(elsewhere);
    fs::create_directories(cache.target() / "INBOX");
    fs::create_directory_symlink(elsewhere, cache.target() / "INBOX" / part);
    const auto report = cache.export_all(export_format::maildir);
    CHECK(report.failures.size() == 1);
    CHECK(report.written == 0);
    CHECK(fs::is_empty(elsewhere));
  }
}

TEST_CASE("a symbolic link that is named like a message is neither a message nor written through") {
  for (const auto format : both) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("one")}});
    cache.export_all(format);
    const auto victim = cache.outside("victim");
    outmap::test::write_file(victim, "precious");
    const auto file = cache.target() / tree(cache.target()).begin()->first;
    fs::remove(file);
    fs::create_symlink(victim, file);
    CHECK(cache.export_all(format).written == 1);
    CHECK(outmap::test::read_file(victim) == "precious");
    CHECK(fs::is_symlink(file));
    CHECK(contents(tree(cache.target())) == std::vector{message_text("one")});
    CHECK(cache.export_all(format).unchanged == 1);
  }
}

TEST_CASE("a target that cannot be a folder is a clear error") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  const std::atomic<bool> never{false};
  const auto file = cache.outside("file");
  outmap::test::write_file(file, "x");

  auto outcome = cache.try_export(export_format::eml, file, never);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::file_error);
  CHECK(outcome.error().detail.find(file.string() + ": is a file") != std::string::npos);
  CHECK(outmap::test::read_file(file) == "x");

  outcome = cache.try_export(export_format::eml, file / "below", never);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::file_error);

  outcome = cache.try_export(export_format::eml, fs::path(), never);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::invalid_argument);
}

TEST_CASE("a file in the place of a folder ends that folder only") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.put("Other", {{1, message_text("two")}});
  fs::create_directories(cache.target());
  outmap::test::write_file(cache.target() / "INBOX", "in the way");
  const auto report = cache.export_all(export_format::maildir);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].detail.find("is a file") != std::string::npos);
  CHECK(report.written == 1);
  CHECK(outmap::test::read_file(cache.target() / "INBOX") == "in the way");
}

TEST_CASE("a target that is reached through a symbolic link, or ends in a slash, is the user's choice") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  const std::atomic<bool> never{false};
  fs::create_directories(cache.outside("real"));
  fs::create_directory_symlink(cache.outside("real"), cache.outside("link"));
  CHECK(need(cache.try_export(export_format::eml, cache.outside("link") / "a/b/", never)).written == 1);
  CHECK(need(cache.try_export(export_format::eml, cache.outside("real") / "a/b", never)).unchanged == 1);
}

TEST_CASE("a disk that fills up ends the run with what is complete") {
  for (const auto format : both) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("small")}, {2, message_text("large", 400'000)}, {3, message_text("never")}});
    {
      const file_size_limit limit(200'000);
      const auto outcome = cache.try_export(format);
      REQUIRE_FALSE(outcome);
      CHECK(outcome.error().code == errc::disk_full);
      CHECK(outcome.error().detail.find((cache.target() / "INBOX").string()) != std::string::npos);
    }
    CHECK(contents(tree(cache.target())) == std::vector{message_text("small")});
    CHECK(cache.export_all(format).written == 2);
  }
}

TEST_CASE("the system's words for a full disk are disk_full") {
  using outmap::archive::system_error;
  for (const int number : {ENOSPC, EDQUOT, EFBIG}) CHECK(system_error(number, "/x", "y").code == errc::disk_full);
  for (const int number : {EACCES, EROFS, EIO}) CHECK(system_error(number, "/x", "y").code == errc::file_error);
  CHECK(system_error(EACCES, "/x", "cannot be made").detail == "/x: cannot be made: Permission denied");
}

TEST_CASE("a sync beside the export neither fails it nor mixes up its messages") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.export_all(export_format::eml);
  cache.put("INBOX", {{2, message_text("two")}, {3, message_text("three")}});
  bool synced = false;
  const auto report = need(cache.try_export(export_format::eml, [&](const outmap::export_report&) {
    // The first message was there already; now the others go, and UID 3 becomes another message.
    if (!std::exchange(synced, true)) cache.put("INBOX", {{3, message_text("other")}}, '/', false, 2);
  }));
  CHECK(report.unchanged == 1);
  CHECK(report.written == 0);
  CHECK(report.failures.empty());
  CHECK(contents(tree(cache.target())) == std::vector{message_text("one")});
  CHECK(cache.export_all(export_format::eml).written == 1);
}

TEST_CASE("two exports into one folder at a time are refused") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two")}});
  std::optional<outmap::error> second;
  need(cache.try_export(export_format::eml, [&](const outmap::export_report&) {
    if (second) return;
    const auto outcome = cache.try_export(export_format::eml);
    REQUIRE_FALSE(outcome);
    second = outcome.error();
  }));
  REQUIRE(second);
  CHECK(second->code == errc::file_error);
  CHECK(second->detail.find("another export") != std::string::npos);
}

TEST_CASE("temporary files of a killed export are removed, those of others are not") {
  for (const auto format : both) {
    sample_cache cache;
    cache.put("INBOX", {{1, message_text("one")}});
    const auto place = cache.target() / (format == export_format::eml ? "INBOX" : "INBOX/tmp");
    fs::create_directories(place);
    outmap::test::write_file(place / ".outmap-0123456789abcdef.part", "half");
    outmap::test::write_file(place / ".outmap-0123456789abcdef.party", "other");
    outmap::test::write_file(place / "1700000000.M1P2.host", "other");
    cache.export_all(format);
    CHECK_FALSE(fs::exists(place / ".outmap-0123456789abcdef.part"));
    CHECK(fs::exists(place / ".outmap-0123456789abcdef.party"));
    CHECK(fs::exists(place / "1700000000.M1P2.host"));
  }
}

TEST_CASE("a folder that may not be written is a failure of the folder") {
  if (geteuid() == 0) {
    MESSAGE("skipped: root may write everywhere");
    return;
  }
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.put("Other", {{1, message_text("two")}});
  fs::create_directories(cache.target() / "INBOX");
  fs::permissions(cache.target() / "INBOX", fs::perms::owner_read | fs::perms::owner_exec);
  const auto report = cache.export_all(export_format::eml);
  fs::permissions(cache.target() / "INBOX", fs::perms::owner_all);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].code == errc::file_error);
  CHECK(report.written == 1);
}
