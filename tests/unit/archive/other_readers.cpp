#include "unit/archive/other_readers.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <utility>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace archive_test {
namespace fs = std::filesystem;
namespace test = outmap::test;

namespace {

std::string said_by(const test::command_line& what) {
  const auto ended = test::run(what);
  REQUIRE_MESSAGE(ended.ok(), what.argv.front() << ": " << describe(ended));
  return ended.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string without_brackets(std::string id) {
  if (id.starts_with('<')) id.erase(0, 1);
  if (id.ends_with('>')) id.pop_back();
  return id;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// In the order of the letters.
std::string letters(const std::vector<std::pair<char, bool>>& which) {
  std::string out;
  for (const auto& [letter, there] : which) {
    if (there) out += letter;
  }
  return out;
}

/// What mutt gives to a pipe when it was told to tag what fits the pattern: the Message-IDs.
std::vector<std::string> tagged_by_mutt(const fs::path& what, const std::string& pattern, const fs::path& scratch) {
  const auto out = scratch / "tagged";
  const auto take = scratch / "take-id";
  fs::remove(out);
  test::write_file(take, "#!/bin/sh\ntr -d '\\r' | sed -n 's/^Message-ID: *//Ip' >>'" + out.string() + "'\n");
  fs::permissions(take, fs::perms::owner_all);
  test::write_file(scratch / "muttrc",
                   "set folder=\"" + scratch.string() +
                       "\" wait_key=no pipe_split=yes pipe_decode=no mail_check_stats=no sleep_time=0\n"
                       "push \"<tag-pattern>" +
                       pattern + "<enter><tag-prefix><pipe-message>" + take.string() + "<enter><exit>\"\n");
  // It wants a terminal.
  said_by(
      {.argv = {"script", "-qec",
                "exec mutt -n -R -F '" + (scratch / "muttrc").string() + "' -f '" + what.string() + "'", "/dev/null"},
       .environment = {{"TERM", "xterm"}, {"HOME", scratch.string()}}});
  std::vector<std::string> ids;
  if (fs::exists(out)) ids = lines_of(test::read_file(out));
  for (auto& id : ids) id = without_brackets(id);
  return ids;
}

/// As root Dovecot reads nobody's mail but that of another user.
std::string dovecot_settings(const fs::path& scratch) {
  std::string out = "base_dir = " + scratch.string() + "\nstate_dir = " + scratch.string() +
                    "\nlog_path = /dev/stderr\nssl = no\nmbox_read_locks = fcntl\nmbox_write_locks = fcntl\n";
  if (::geteuid() == 0) return out + "mail_uid = nobody\nmail_gid = nogroup\n";
  return out + "mail_uid = " + std::to_string(::geteuid()) + "\nmail_gid = " + std::to_string(::getegid()) +
         "\nfirst_valid_uid = 1\n";
}

}  // namespace

bool is_installed(const char* program, const char* package) {
  if (test::find_program(program)) return true;
  const char* required = std::getenv("OUTMAP_REQUIRE_INTEROP");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  const std::string why = std::string("not installed: ") + program + " (Debian package " + package + ")";
  if (required != nullptr && std::string_view(required) == "1") FAIL_CHECK(why);
  MESSAGE(why << ": skipped");
  return false;
}

flags_by_id read_by_python(const fs::path& maildir_or_mbox) {
  const std::string program =
      "import mailbox, sys\n"
      "kind = mailbox.mbox if sys.argv[1].endswith('.mbox') else mailbox.Maildir\n"
      "for m in kind(sys.argv[1], create=False): print(m['Message-ID'], m.get_flags())\n";
  flags_by_id out;
  for (const auto& line : lines_of(said_by({.argv = {"python3", "-c", program, maildir_or_mbox.string()}}))) {
    const auto space = line.find(' ');
    REQUIRE(space != std::string::npos);
    auto flags = line.substr(space + 1);
    // An mbox has other letters for the same.
    if (maildir_or_mbox.extension() == ".mbox") {
      flags = letters({{'D', has(flags, "T")},
                       {'F', has(flags, "F")},
                       {'R', has(flags, "A")},
                       {'S', has(flags, "R")},
                       {'T', has(flags, "D")}});
    }
    CHECK(out.emplace(without_brackets(line.substr(0, space)), flags).second);
  }
  return out;
}

flags_by_id read_by_mutt(const fs::path& maildir_or_mbox, const fs::path& scratch) {
  flags_by_id out;
  for (const auto& id : tagged_by_mutt(maildir_or_mbox, "~A", scratch)) CHECK(out.emplace(id, "").second);
  for (const auto& [pattern, letter] : {std::pair("~F", 'F'), {"~Q", 'R'}, {"~R", 'S'}, {"~D", 'T'}}) {
    for (const auto& id : tagged_by_mutt(maildir_or_mbox, pattern, scratch)) out[id] += letter;
  }
  return out;
}

flags_by_id read_by_notmuch(const fs::path& maildirs, const fs::path& scratch) {
  const auto config = (scratch / "notmuch-config").string();
  test::write_file(config,
                   "[database]\npath=" + maildirs.string() + "\n[new]\ntags=new\n[user]\nname=x\nprimary_email=x@y\n");
  const std::map<std::string, std::string> with = {{"NOTMUCH_CONFIG", config}, {"HOME", scratch.string()}};
  said_by({.argv = {"notmuch", "new", "--quiet"}, .environment = with});
  flags_by_id out;
  // "+draft +new -- id:1@mail.example"
  for (const auto& line : lines_of(said_by({.argv = {"notmuch", "dump", "--format=batch-tag"}, .environment = with}))) {
    const auto at = line.find(" -- id:");
    if (at == std::string::npos) continue;
    const auto tags = line.substr(0, at) + ' ';
    out[line.substr(at + 7)] = letters({{'D', has(tags, "+draft ")},
                                        {'F', has(tags, "+flagged ")},
                                        {'R', has(tags, "+replied ")},
                                        {'S', !has(tags, "+unread ")}});
  }
  return out;
}

flags_by_id read_by_dovecot(const fs::path& maildir_or_mbox, const fs::path& scratch) {
  const bool mbox = maildir_or_mbox.extension() == ".mbox";
  fs::create_directories(scratch);
  test::write_file(scratch / "dovecot.conf",
                   dovecot_settings(scratch) + "mail_location = " +
                       (mbox ? "mbox:" + (scratch / "mail").string() : "maildir:" + (scratch / "mail").string()) +
                       ":INBOX=" + maildir_or_mbox.string() + "\n");
  if (::geteuid() == 0) {
    said_by({.argv = {"chown", "-R", "nobody:nogroup", scratch.string(), maildir_or_mbox.string()}});
    for (const auto& folder : {scratch.parent_path(), maildir_or_mbox.parent_path()}) {
      fs::permissions(folder, fs::perms::group_all | fs::perms::others_all, fs::perm_options::add);
    }
  }
  const auto said = said_by({.argv = {"doveadm", "-c", (scratch / "dovecot.conf").string(), "-f", "tab", "fetch",
                                      "hdr.message-id flags", "mailbox", "INBOX", "all"},
                             .environment = {{"HOME", scratch.string()}, {"USER", "nobody"}}});
  flags_by_id out;
  for (const auto& line : lines_of(said)) {
    const auto tab = line.find('\t');
    if (!line.starts_with('<') || tab == std::string::npos) continue;
    const auto flags = line.substr(tab);
    CHECK(out.emplace(without_brackets(line.substr(0, tab)), letters({{'D', has(flags, "\\Draft")},
                                                                      {'F', has(flags, "\\Flagged")},
                                                                      {'R', has(flags, "\\Answered")},
                                                                      {'S', has(flags, "\\Seen")},
                                                                      {'T', has(flags, "\\Deleted")}}))
              .second);
  }
  return out;
}

}  // namespace archive_test
