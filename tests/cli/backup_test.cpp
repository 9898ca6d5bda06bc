// What admins put into cron: backup, verify, restore, export, import and report, by their exit codes and JSON.
#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::string mail(int number, const std::string& text = "body") {
  const auto n = std::to_string(number);
  return "From: Anna <anna@example.com>\r\nMessage-ID: <" + n + "@example.com>\r\nSubject: message " + n +
         "\r\nDate: Fri, 1 Mar 2024 11:30:00 +0000\r\n\r\n" + text + " " + n + "\r\n";
}

std::vector<nlohmann::json> of_kind(const std::vector<nlohmann::json>& events, const std::string& name) {
  std::vector<nlohmann::json> out;
  for (const auto& e : events) {
    if (e["event"] == name) out.push_back(e);
  }
  return out;
}

void fill(bundled_server& s) {
  s.mail().create("Archive");
  for (int i = 1; i <= 6; ++i)
    s.mail().add(i % 2 == 0 ? "Archive" : "INBOX", mail(i), outmap::flag_set(static_cast<std::uint8_t>(i)),
                 {1'709'292'600 + i, 0});
}

void empty(bundled_server& s) {
  for (const char* folder : {"INBOX", "Archive"}) {
    for (const auto& m : s.mail().messages(folder)) s.mail().expunge(folder, m.uid);
  }
}

/// Three accounts of one server, each with its own cache; `broken` cannot log in.
std::string three_accounts(bundled_server& s) {
  std::ostringstream out;
  for (const char* name : {"one", "two", "broken"}) {
    out << "[account." << name << "]\nurl = 'imaps://anna@localhost:" << s.server().tls_port()
        << "'\nca_file = 'ca.pem'\ncache = '" << name << ".outmap'\npassword_command = \"echo '"
        << (std::string(name) == "broken" ? "wrong" : std::string(bundled_server::password)) << "'\"\n";
  }
  s.account();
  return s.dir().write("accounts.toml", out.str()).string();
}

std::string hex(std::string_view octets) {
  std::ostringstream out;
  for (const char c : octets) out << std::hex << std::setw(2) << std::setfill('0') << (c & 0xff);
  return out.str();
}

/// A line of a record whose last word is made the SHA-256 of the rest: anybody can do that who may write the file.
std::string with_its_sum(const std::string& line) {
  const auto text = line.substr(0, line.rfind(' '));
  std::array<unsigned char, 32> sum{};
  REQUIRE(EVP_Digest(text.data(), text.size(), sum.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return text + ' ' + hex({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

}  // namespace

TEST_CASE("a backup is verified, damage is named with 24, and what was deleted is restored") {
  bundled_server s;
  fill(s);
  const auto backed_up = s.events(s.on("backup"));
  REQUIRE(of_kind(backed_up, "backup").size() == 1);
  const auto run = of_kind(backed_up, "backup").front();
  CHECK(run["outcome"] == "complete");
  CHECK(run["held_messages"] == 6);
  const std::string seal = run["seal"];
  CHECK(seal.size() == 64);
  CHECK(backed_up.back()["exit_code"] == 0);

  const arguments cache = {"--cache", s.cache().string()};
  CHECK(s.run(arguments{"verify", "--seal", seal} + cache).exit_code == 0);
  CHECK(s.run(arguments{"verify", "--seal", "00"} + cache).exit_code == 24);
  CHECK(s.run(s.on("verify", {"--level", "server"})).exit_code == 0);
  const auto content = s.events(s.on("verify", {"--level", "content", "--sample", "50%"})).back();
  CHECK(content["exit_code"] == 0);
  CHECK(content["counts"]["bodies"] >= 2);

  empty(s);
  CHECK(s.run(s.on("verify", {"--level", "server"})).exit_code == 24);
  const auto planned = s.events(s.on("restore", {"--dry-run"})).back();
  CHECK(planned["exit_code"] == 4);
  CHECK(planned["counts"]["pending"] == 6);
  const auto restored = s.events(s.on("restore")).back();
  CHECK(restored["exit_code"] == 0);
  CHECK(restored["counts"]["appended"] == 6);
  CHECK(s.events(s.on("restore", {"--dry-run"})).back()["exit_code"] == 0);
  CHECK(s.mail().messages("Archive").size() == 3);

  // One octet of one message.
  const fs::path segment = s.cache().string() + ".mail/000001.seg";
  auto octets = read_file(segment);
  octets[octets.find("body 4")] = 'B';
  write_file(segment, octets);
  const auto damaged = s.run(arguments{"verify"} + cache);
  CHECK(damaged.exit_code == 24);
  CHECK(says(damaged.out, "000001.seg: octets "));
  CHECK(says(damaged.out, "Archive UID 2: "));
  const auto findings = of_kind(s.events(arguments{"verify"} + cache), "finding");
  CHECK(findings.size() >= 2);
  // What is damaged is named, and the rest is restored.
  empty(s);
  const auto rest = s.events(s.on("restore"));
  CHECK(rest.back()["exit_code"] == 3);
  CHECK(rest.back()["counts"]["appended"] == 5);
  CHECK(of_kind(rest, "refused").size() == 1);
}

TEST_CASE("all accounts are backed up though one fails; the report shows each run") {
  bundled_server s;
  fill(s);
  const auto config = three_accounts(s);
  s.environment.clear();
  const auto events = s.events({"backup", "--all", "--jobs", "3", "--config", config});
  CHECK(events.back()["exit_code"] == 3);
  CHECK(events.back()["counts"]["accounts"] == 3);
  CHECK(events.back()["counts"]["failed_accounts"] == 1);
  CHECK(of_kind(events, "backup").size() == 2);
  for (const auto& e : of_kind(events, "account")) CHECK(e["exit_code"] == (e["account"] == "broken" ? 12 : 0));
  CHECK(s.run({"backup", "two", "one", "--config", config, "-q"}).exit_code == 0);
  CHECK(s.run({"backup", "tow", "--config", config}).exit_code == 2);
  CHECK(says(s.run({"backup", "tow", "--config", config}).err, "did you mean 'two'"));
  CHECK(s.run({"backup", "--config", config}).exit_code == 2);
  CHECK(s.run({"backup", "--all", "one", "--config", config}).exit_code == 2);

  const auto page = (s.dir() / "backups.html").string();
  const auto reported = s.events({"report", "--html", page, "--config", config});
  CHECK(reported.back()["exit_code"] == 0);
  CHECK(of_kind(reported, "run").size() == 5);
  const auto html = read_file(page);
  CHECK(says(html, ">broken</a>"));
  CHECK(says(html, "2 of 3 accounts"));
  CHECK(says(html, "pill failed\">failed<"));
  CHECK_FALSE(says(html, "<script"));
}

TEST_CASE("export as mbox and import come round, without a server") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  s.server().stop();
  s.environment.clear();
  const arguments cache = {"--cache", s.cache().string()};
  const auto out = (s.dir() / "boxes").string();
  for (const std::string format : {"eml", "maildir", "mbox"}) {
    CAPTURE(format);
    const auto to = format == "mbox" ? out : (s.dir() / format).string();
    const auto exports = arguments{"export", "--format", format, "--to", to} + cache;
    const auto planned = s.events(exports + arguments{"--dry-run"}).back();
    CHECK(planned["exit_code"] == 4);
    CHECK(planned["counts"]["written"] == 6);
    CHECK_FALSE(fs::exists(to));
    CHECK(s.run(exports).exit_code == 0);
    const auto nothing = s.events(exports + arguments{"--dry-run"}).back();
    CHECK(nothing["exit_code"] == 0);
    CHECK(nothing["counts"]["unchanged"] == 6);
  }
  const auto other = (s.dir() / "imported.outmap").string();
  const arguments from = {"import", "--format", "mbox", "--from", out, "--cache", other};
  CHECK(s.run(from + arguments{"--dry-run"}).exit_code == 4);
  CHECK(s.events(from).back()["counts"]["imported"] == 6);
  CHECK(s.events(from).back()["counts"]["there"] == 6);
  // Where there is nothing to import, no cache is made, and it is no success.
  const auto none = (s.dir() / "none.outmap").string();
  fs::create_directory(s.dir() / "empty");
  for (const char* format : {"eml", "maildir", "mbox"}) {
    for (const std::string& source : {(s.dir() / "missing").string(), (s.dir() / "empty").string()}) {
      const auto nothing = s.run({"import", "--format", format, "--from", source, "--cache", none});
      CAPTURE(describe(nothing));
      CHECK(nothing.exit_code == 2);
      CHECK(says(nothing.err, source));
      CHECK_FALSE(fs::exists(none));
    }
  }
  const auto wrong_box = (fs::path(out) / "wrong.mbox").string();
  std::ofstream(wrong_box) << "nothing of that kind\n";
  for (const auto& source : {wrong_box, out}) {
    const auto wrong = s.run({"import", "--format", "mbox", "--from", source, "--cache", other});
    CHECK(wrong.exit_code == 3);
    CHECK(says(wrong.err, "not of the format that was named: " + wrong_box + ": it does not begin with a From line"));
    CHECK(says(wrong.err, "check --format and the file"));
  }
  CHECK(s.run({"import", "--format", "mbox", "--from", wrong_box, "--cache", none}).exit_code == 3);
  CHECK_FALSE(fs::exists(none));
  CHECK_FALSE(says(s.run({"folders", "--cache", other}).out, "wrong"));
  CHECK(s.run(arguments{"import", "--format", "mbox", "--from", out} + cache).exit_code == 2);
}

TEST_CASE("where nobody looks on, what runs unattended says nothing as long as all is well") {
  bundled_server s;
  fill(s);
  const auto out = (s.dir() / "boxes").string();
  const arguments cache = {"--cache", s.cache().string()};
  for (const arguments& args :
       {s.on("backup"), s.on("restore"), arguments{"verify"} + cache, s.on("verify", {"--level", "content"}),
        arguments{"export", "--format", "mbox", "--to", out} + cache}) {
    auto quiet = s.run(args);
    CAPTURE(describe(quiet));
    CHECK(quiet.exit_code == 0);
    CHECK(quiet.out.empty());
    CHECK(quiet.err.empty());
    CHECK_FALSE(s.run(args + arguments{"-v"}).out.empty());
  }
  empty(s);
  const auto found = s.run(s.on("verify", {"--level", "server"}));
  CHECK(found.exit_code == 24);
  CHECK(says(found.out, "INBOX UID"));
  CHECK(says(found.err, "what is there is not what was stored"));
  const auto planned = s.run(s.on("restore", {"--dry-run"}));
  CHECK(says(planned.out, "6 messages"));
}

TEST_CASE("a page takes the place of a file alone: links and devices stay what they are") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  const auto report = [&](const fs::path& to) {
    return s.run({"report", "--cache", s.cache().string(), "--html", to.string()});
  };
  write_file(s.dir() / "page.html", "old");
  fs::create_symlink(s.dir() / "page.html", s.dir() / "link.html");
  CHECK(report(s.dir() / "link.html").exit_code == 0);
  CHECK(fs::is_symlink(s.dir() / "link.html"));
  CHECK(says(read_file(s.dir() / "page.html"), "</html>"));
  CHECK_FALSE(fs::exists(s.dir() / "page.html.new"));
  CHECK(says(report("/dev/stdout").out, "</html>"));
  fs::create_symlink("/dev/full", s.dir() / "full.html");
  const auto full = report(s.dir() / "full.html");
  CAPTURE(describe(full));
  CHECK(full.exit_code == 3);
  CHECK(says(full.err, "the disk is full"));
  CHECK(fs::is_character_file("/dev/full"));
  CHECK(report(s.dir() / "no" / "page.html").exit_code == 2);
  CHECK(report("").exit_code == 2);
}

TEST_CASE("a page is not written through a link that somebody laid beside it") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  write_file(s.dir() / "precious", "mine");
  fs::create_symlink(s.dir() / "precious", s.dir() / "page.html.new");
  CHECK(s.run({"report", "--cache", s.cache().string(), "--html", (s.dir() / "page.html").string()}).exit_code == 0);
  CHECK(read_file(s.dir() / "precious") == "mine");
  CHECK(fs::is_regular_file(fs::symlink_status(s.dir() / "page.html")));
  CHECK(says(read_file(s.dir() / "page.html"), "</html>"));
}

TEST_CASE("a record that somebody has written steers no terminal and is no markup") {
  bundled_server s;
  fill(s);
  REQUIRE(s.run(s.on("backup")).exit_code == 0);
  const auto runs = s.cache().string() + ".runs";
  std::istringstream lines(read_file(runs));
  std::string forged;
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(" " + hex("complete") + " ");
    if (at != std::string::npos)
      line = with_its_sum(line.replace(at + 1, hex("complete").size(), hex("\x1b]0;owned\x07<script>\xff")));
    forged += line + '\n';
  }
  REQUIRE(forged != read_file(runs));
  write_file(runs, forged);
  const auto page = s.dir() / "page.html";
  for (const arguments& more : {arguments{}, arguments{"--html", page.string()}, arguments{"--json"}}) {
    const auto got = s.run(arguments{"report", "--cache", s.cache().string()} + more);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 0);
    CHECK(says(got.out, "owned"));
    CHECK_FALSE(says(got.out + got.err, "\x1b"));
    CHECK_FALSE(says(got.out + got.err, "\x07"));
  }
  CHECK(says(read_file(page), "</html>"));
  CHECK_FALSE(says(read_file(page), "<script"));
}
