// Files at the place of the cache that are no good.
#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

void fill_and_sync(bundled_server& s) {
  for (int i = 0; i < 50; ++i)
    s.mail().add("INBOX", "Subject: " + std::to_string(i) + "\r\n\r\n" + std::string(3000, 'x') + "\r\n");
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
}

void overwrite(const fs::path& file, std::size_t at, const std::string& with) {
  auto content = read_file(file);
  REQUIRE(content.size() >= at + with.size());
  content.replace(at, with.size(), with);
  write_file(file, content);
}

}  // namespace

TEST_CASE("a file of somebody else is refused with 2 and left as it was") {
  bundled_server s;
  const std::string letter(5000, 'a');
  write_file(s.cache(), letter);
  for (const arguments& args : {s.on("sync"), s.on("status"), s.on("list", {"INBOX"})}) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "not an outmap cache"));
  }
  CHECK(read_file(s.cache()) == letter);
}

TEST_CASE("a cache of a newer version is refused with 2 and left as it was") {
  bundled_server s;
  fill_and_sync(s);
  // PRAGMA user_version: a big-endian number at octet 60 of an SQLite file.
  overwrite(s.cache(), 60, std::string("\0\0\x27\x0f", 4));
  const auto before = read_file(s.cache());
  for (const arguments& args : {s.on("sync"), s.on("status")}) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "newer outmap"));
  }
  CHECK(read_file(s.cache()) == before);
}

TEST_CASE("a damaged cache ends with 23") {
  bundled_server s;
  fill_and_sync(s);
  const auto size = fs::file_size(s.cache());
  overwrite(s.cache(), 4096, std::string(size - 4096, '\x5a'));
  for (const arguments& args : {s.on("sync"), s.on("status"), s.on("list", {"INBOX"})}) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 23);
    CHECK(says(got.err, "damaged"));
  }
}

TEST_CASE("a report of what is no cache, a damaged or a missing one says what verify says, with its code") {
  bundled_server s;
  const auto both = [&](int code, std::string_view what) {
    for (const char* command : {"verify", "report"}) {
      const auto got = s.run({command, "--cache", s.cache().string()});
      CAPTURE(describe(got));
      CHECK(got.exit_code == code);
      CHECK(says(got.err, what));
      CHECK_FALSE(says(got.out, "no backup yet"));
    }
  };
  both(2, "mail.outmap");
  write_file(s.cache(), std::string(5000, 'a'));
  both(2, "not an outmap cache");
  fs::remove(s.cache());
  fill_and_sync(s);
  const auto got = s.run({"report", "--cache", s.cache().string()});
  CHECK(got.exit_code == 0);
  CHECK(says(got.out, "no backup yet"));
  CHECK(s.run(s.on("backup")).exit_code == 0);
  overwrite(s.cache(), 4096, std::string(fs::file_size(s.cache()) - 4096, '\x5a'));
  const auto damaged = s.run({"report", "--cache", s.cache().string(), "--html", (s.dir() / "page.html").string()});
  CAPTURE(describe(damaged));
  CHECK(damaged.exit_code == 23);
  CHECK(says(damaged.err, "damaged"));
  CHECK(says(damaged.out, "complete"));
  CHECK(says(read_file(s.dir() / "page.html"), "damaged"));
}

TEST_CASE("a cache of another account is refused with 2") {
  bundled_server s;
  fill_and_sync(s);
  const auto got = s.run({"sync", "--url", "imaps://bert@localhost:" + std::to_string(s.server().tls_port()), "--cache",
                          s.cache().string()});
  CAPTURE(describe(got));
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, "another account"));
}

TEST_CASE("a cache that is missing or in a folder that is missing ends with 2") {
  bundled_server s;
  CHECK(s.run({"status", "--cache", "none.outmap"}).exit_code == 2);
  CHECK_FALSE(fs::exists(s.dir() / "none.outmap"));
  const auto got = s.run(s.on("sync", {}) + arguments{});
  CHECK(got.exit_code == 0);
  auto args = s.on("sync");
  for (auto& a : args) {
    if (a == s.cache().string()) a = (s.dir() / "no/folder/x.outmap").string();
  }
  CHECK(s.run(args).exit_code == 2);
}
