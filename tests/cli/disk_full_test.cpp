// Disks without room: for the cache, the trace, the export, the answer.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

constexpr int messages = 60;

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::string message(int n) {
  std::string out = "Subject: number " + std::to_string(n) + "\r\n\r\n";
  // Text that no file system stores in less room.
  for (unsigned i = 0, x = static_cast<unsigned>(n) + 1; i < 40'000; ++i) {
    x = x * 1664525 + 1013904223;
    out += static_cast<char>('!' + (x >> 24) % 90);
  }
  return out + "\r\n";
}

void fill(bundled_server& s) {
  for (int i = 0; i < messages; ++i) s.mail().add("INBOX", message(i));
}

// What the cache says is so, and the next run brings the rest.
void check_cache_and_complete(bundled_server& s) {
  const arguments status = {"status", "--cache", s.cache().string()};
  if (fs::exists(s.cache())) {
    const auto events = s.events(status);
    CHECK(events.back()["exit_code"] == 0);
    const auto bodies = events.back()["counts"]["bodies"].get<int>();
    CHECK(bodies <= messages);
    const auto held = s.run({"export", "--format", "eml", "--to", "held", "--cache", s.cache().string()});
    CAPTURE(describe(held));
    CHECK(held.exit_code == 0);
  }
  const auto next = s.run(s.on("sync"));
  CAPTURE(describe(next));
  CHECK(next.exit_code == 0);
  CHECK(s.events(status).back()["counts"]["bodies"] == messages);
  CHECK(s.run({"export", "--format", "eml", "--to", "all", "--cache", s.cache().string()}).exit_code == 0);
  std::map<std::string, int> seen;
  for (const auto& e : fs::recursive_directory_iterator(s.dir() / "all")) {
    if (e.is_regular_file()) ++seen[read_file(e.path())];
  }
  CHECK(seen.size() == messages);
  for (int i = 0; i < messages; ++i) CHECK(seen[message(i)] == 1);
}

// A file system of its own, with little room.
class small_disk {
 public:
  small_disk(const fs::path& at, const char* size) : at_(at) {
    fs::create_directories(at);
    mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size) == 0;
    reason_ = errno;
  }
  ~small_disk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  // Without the right to mount, the tests with a limit on the size of files remain.
  [[nodiscard]] bool usable() const {
    if (!mounted_) MESSAGE("no small file system: " << std::generic_category().message(reason_));
    return mounted_;
  }
  void grow(const char* size) const {
    REQUIRE(::mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, size) == 0);
  }
  void set_read_only(bool on) const {
    unsigned long how = MS_REMOUNT | MS_NOSUID | MS_NODEV;
    if (on) how |= MS_RDONLY;
    REQUIRE(::mount("tmpfs", at_.c_str(), "tmpfs", how, "") == 0);
  }
  void fill_up() const {
    std::ofstream rest(at_ / "rest", std::ios::binary);
    while (rest << std::string(512, 'x') << std::flush) {
    }
  }
  void free() const { fs::remove(at_ / "rest"); }

 private:
  fs::path at_;
  bool mounted_ = false;
  int reason_ = 0;
};

}  // namespace

TEST_CASE("a sync that may not write further ends with 3 wherever that happens, and the next one completes it") {
  // Blocks of 512 octets: from a limit that no cache fits into to one that most of the mail does.
  for (const char* blocks : {"1", "40", "200", "700", "1500"}) {
    CAPTURE(blocks);
    bundled_server s;
    fill(s);
    const auto limit = std::string("ulimit -f ") + blocks + "; exec \"$0\" \"$@\"";
    const auto got = s.run_by_shell(limit, s.on("sync", {"--json"}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "the disk is full"));
    const auto last = parse_events(got.out).back();
    CHECK(last["event"] == "result");
    CHECK(last["exit_code"] == 3);
    CHECK(last["error"]["code"] == "disk_full");
    check_cache_and_complete(s);
  }
}

TEST_CASE("a disk that fills up during a sync leaves a good cache, and with room again the sync completes") {
  bundled_server s;
  const small_disk disk(s.dir() / "disk", "size=700k");
  if (!disk.usable()) return;
  fill(s);
  auto args = s.on("sync");
  const auto cache = s.dir() / "disk/mail.outmap";
  for (auto& a : args) {
    if (a == s.cache().string()) a = cache.string();
  }
  for (int run = 0; run < 2; ++run) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "the disk is full"));
    CHECK(says(got.err, "free some space"));
    CHECK(s.run({"status", "--cache", cache.string()}).exit_code == 0);
  }
  for (const char* suffix : {"", "-wal", "-shm", ".mail"}) {
    if (fs::exists(cache.string() + suffix)) fs::copy(cache.string() + suffix, s.cache().string() + suffix);
  }
  check_cache_and_complete(s);
}

TEST_CASE("an export to a full disk ends with 3 and leaves no half message; with room again it completes") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  const small_disk disk(s.dir() / "disk", "size=400k");
  const auto export_to = [&](const std::string& to) {
    return arguments{"export", "--format", "maildir", "--to", to, "--cache", s.cache().string()};
  };
  if (disk.usable()) {
    const auto got = s.run(export_to("disk/out") + arguments{"--json"});
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(parse_events(got.out).back()["error"]["code"] == "disk_full");
    for (const auto& e : fs::recursive_directory_iterator(s.dir() / "disk/out")) {
      if (e.is_regular_file() && e.path().parent_path().filename() == "cur") CHECK(fs::file_size(e) > 40'000);
    }
  }
  const auto limited = s.run_by_shell("ulimit -f 70; exec \"$0\" \"$@\"", export_to("out"));
  CAPTURE(describe(limited));
  CHECK(limited.exit_code == 3);
  CHECK(s.events(export_to("out")).back()["counts"]["written"] == messages);
}

TEST_CASE("a backup to a full disk ends with 3; with room again it completes, and the store verifies") {
  bundled_server s;
  const small_disk disk(s.dir() / "disk", "size=700k");
  if (!disk.usable()) return;
  fill(s);
  auto args = s.on("backup", {"--json"});
  const auto cache = (s.dir() / "disk/mail.outmap").string();
  std::replace(args.begin(), args.end(), s.cache().string(), cache);
  for (int run = 0; run < 2; ++run) {
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "free some space"));
    CHECK(parse_events(got.out).back()["error"]["code"] == "disk_full");
  }
  disk.grow("size=20m");
  const auto got = s.run(args);
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  CHECK(s.run({"verify", "--cache", cache}).exit_code == 0);
  CHECK(s.events({"status", "--cache", cache}).back()["counts"]["bodies"] == messages);
}

TEST_CASE("import, index, mbox and page on a full disk end with 3, and with room again each is whole") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  REQUIRE(s.run({"export", "--format", "mbox", "--to", "boxes", "--cache", s.cache().string()}).exit_code == 0);
  const small_disk disk(s.dir() / "disk", "size=600k");
  if (!disk.usable()) return;
  const auto place = s.dir() / "disk";
  const auto refused = [&](const arguments& args) {
    const auto got = s.run(args + arguments{"--json"});
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "free some space"));
    CHECK(parse_events(got.out).back()["error"]["code"] == "disk_full");
  };
  const arguments import = {"import", "--format", "mbox", "--from", "boxes", "--cache", (place / "i.outmap").string()};
  const arguments boxes = {"export",  "--format",        "mbox", "--to", (place / "out").string(),
                           "--cache", s.cache().string()};
  const arguments page = {"report", "--html", (place / "page.html").string(), "--cache", s.cache().string()};
  refused(import);
  refused(boxes);
  // What is there are whole messages.
  const auto begun = read_file(place / "out/INBOX.mbox");
  CHECK(says(begun, "Subject: number 0\n"));
  CHECK(begun.ends_with("\n\n"));
  CHECK_FALSE(fs::exists(place / "out/.INBOX.mbox.growing"));
  write_file(place / "page.html", "the page of yesterday");
  disk.fill_up();
  refused(page);
  CHECK(read_file(place / "page.html") == "the page of yesterday");
  CHECK_FALSE(fs::exists(place / "page.html.new"));

  disk.free();
  disk.grow("size=20m");
  CHECK(s.events(import).back()["counts"]["imported"] == messages);
  const auto rest = s.events(boxes).back()["counts"];
  CHECK(rest["unchanged"].get<int>() > 0);
  CHECK(rest["written"].get<int>() + rest["unchanged"].get<int>() == messages);
  CHECK(read_file(place / "out/INBOX.mbox") == read_file(s.dir() / "boxes/INBOX.mbox"));
  CHECK(s.run(page).exit_code == 0);
  CHECK(says(read_file(place / "page.html"), "</html>"));
}

TEST_CASE("a search whose index finds no room ends with 3, and with room again it finds") {
  bundled_server s;
  const small_disk disk(s.dir() / "disk", "size=20m");
  if (!disk.usable()) return;
  fill(s);
  auto backup = s.on("backup");
  const auto cache = (s.dir() / "disk/mail.outmap").string();
  std::replace(backup.begin(), backup.end(), s.cache().string(), cache);
  REQUIRE(s.run(backup).exit_code == 0);
  disk.fill_up();
  const arguments search = {"search", "number 17", "--cache", cache};
  for (int run = 0; run < 2; ++run) {
    const auto got = s.run(search + arguments{"--json"});
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "free some space"));
    CHECK(parse_events(got.out).back()["error"]["code"] == "disk_full");
  }
  CHECK(s.run({"list", "INBOX", "--cache", cache}).exit_code == 0);
  disk.free();
  const auto got = s.run(search);
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  CHECK(says(got.out, "number 17"));
  CHECK(s.run({"verify", "--cache", cache}).exit_code == 0);
}

TEST_CASE("a search on a full disk finds with an index that is current, and ends with 3 with one that is not") {
  bundled_server s;
  const small_disk disk(s.dir() / "disk", "size=20m");
  if (!disk.usable()) return;
  fill(s);
  auto sync = s.on("sync");
  const auto cache = (s.dir() / "disk/mail.outmap").string();
  std::replace(sync.begin(), sync.end(), s.cache().string(), cache);
  REQUIRE(s.run(sync).exit_code == 0);
  const arguments search = {"search", "number 17", "--cache", cache};
  // The cache is so young that the index keeps no stamp of it: each message is compared.
  REQUIRE(s.run(search).exit_code == 0);
  const auto finds = [&] {
    for (int run = 0; run < 2; ++run) {
      const auto got = s.run(search);
      CAPTURE(describe(got));
      CHECK(got.exit_code == 0);
      CHECK(says(got.out, "number 17"));
      CHECK(got.err.empty());
    }
  };
  disk.fill_up();
  finds();
  // Without the room of its lock file, too, and on a disk that is only read.
  fs::remove(cache + ".search.lock");
  std::ofstream(s.dir() / "disk/last", std::ios::binary) << std::string(4096, 'x');
  finds();
  disk.set_read_only(true);
  finds();
  disk.set_read_only(false);
  disk.free();
  fs::remove(s.dir() / "disk/last");
  finds();

  s.mail().add("INBOX", message(messages));
  REQUIRE(s.run(sync).exit_code == 0);
  disk.fill_up();
  const auto stale = s.run(search);
  CAPTURE(describe(stale));
  CHECK(stale.exit_code == 3);
  CHECK(says(stale.err, "free some space"));
  disk.free();
  CHECK(says(s.run({"search", "number " + std::to_string(messages), "--cache", cache}).out, "1"));
}

TEST_CASE("a trace without room ends a sync with 3, and the mail is there; what else went wrong counts more") {
  bundled_server s;
  fill(s);
  const auto got = s.run(s.on("sync", {"--trace", "/dev/full", "-q"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "the trace /dev/full: No space left"));
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == messages);
  const auto again = s.events(s.on("sync", {"--trace", "/dev/full"}));
  CHECK(again.back()["exit_code"] == 3);
  CHECK(again.back()["error"]["code"] == "incomplete");
  CHECK(again.back()["counts"]["folders"] == 1);
  s.environment["OUTMAP_PASSWORD"] = "wrong";
  const auto refused = s.run(s.on("sync", {"--trace", "/dev/full", "-q"}));
  CHECK(refused.exit_code == 12);
  CHECK(says(refused.err, "the trace /dev/full"));
}

TEST_CASE("an answer that finds no room ends with 3, and the sync behind it is whole") {
  bundled_server s;
  fill(s);
  for (const arguments& args :
       {s.on("sync", {"--json"}), s.on("status", {"--json"}), s.on("status"), s.on("folders", {"--json"}),
        s.on("list", {"INBOX"}), s.on("show", {"INBOX", "1"}), s.on("show", {"INBOX", "1", "--raw"}),
        arguments{"help", "sync", "--json"}, arguments{"version", "--json"}, arguments{"help", "exit-codes"}}) {
    const auto got = s.run_by_shell("exec \"$0\" \"$@\" > /dev/full", args);
    CAPTURE(args.front());
    CAPTURE(describe(got));
    CHECK(got.exit_code == 3);
    CHECK(says(got.err, "standard output: No space left"));
  }
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == messages);
}

TEST_CASE("a cache where nothing can be written ends with 2") {
  bundled_server s;
  for (const char* place : {"/proc/mail.outmap", "/dev/null/mail.outmap", "/dev/full", "."}) {
    auto args = s.on("sync");
    for (auto& a : args) {
      if (a == s.cache().string()) a = place;
    }
    const auto got = s.run(args);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 2);
    CHECK(says(got.err, "check path and permissions"));
  }
}
