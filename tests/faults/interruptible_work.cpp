#include "faults/interruptible_work.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>

namespace outmap::test {
namespace fs = std::filesystem;

namespace {

using store = exchange::mailbox_store;
using settings = account_under_test::settings;

std::string mail_text(const std::string& name, std::size_t size = 0) {
  std::string out = "Message-ID: <" + name +
                    "@example.com>\r\nDate: Fri, 1 Aug 2025 10:00:00 +0000\r\nSubject: " + name + "\r\n\r\nbody of " +
                    name + "\r\n";
  for (unsigned x = static_cast<unsigned>(size); out.size() < size;) {
    for (int i = 0; i < 70; ++i, x = x * 1664525 + 1013904223) out += static_cast<char>('a' + (x >> 24) % 26);
    out += "\r\n";
  }
  return out;
}

flag_set flagged(system_flag f) { return flag_set(static_cast<std::uint8_t>(f)); }

void some_mail(store& s) {
  s.create("Work");
  s.create("Work/Deep");
  s.create("Archive");
  s.add("INBOX", mail_text("one"), flagged(system_flag::seen), {1700000000, 0});
  s.add("INBOX", mail_text("two", 9000), {}, {1700000100, 0});
  s.add("INBOX", mail_text("three"), flagged(system_flag::flagged), {1700000200, 0});
  s.add("INBOX", mail_text("four"), {}, {1700000300, 0});
  s.add("Work", mail_text("five", 3000), {}, {1700000400, 0});
  s.add("Work/Deep", mail_text("six"), flagged(system_flag::deleted), {1700000500, 0});
  s.add("Archive", mail_text("one"), {}, {1700000600, 0});
  s.subscribe("Work");
}

void large_mail(store& s) {
  some_mail(s);
  s.add("INBOX", mail_text("large", 2'300'000), {}, {1700000700, 0});
  // The same octets twice are stored once.
  s.add("Archive", mail_text("twin", 20'000), {}, {1700000800, 0});
  s.add("Work", mail_text("twin", 20'000), {}, {1700000900, 0});
}

void later_changes(store& s) {
  s.add("INBOX", mail_text("new"), {}, {1700001000, 0});
  s.add("Work", mail_text("newer", 12'000), flagged(system_flag::answered), {1700001100, 0});
  s.set_flags("INBOX", 1, flagged(system_flag::flagged));
  s.set_flags("INBOX", 4, flagged(system_flag::seen));
  s.expunge("INBOX", 2);
  s.revise("Archive", 1, mail_text("one, revised"));
  s.create("Later");
  s.add("Later", mail_text("first"), {}, {1700001200, 0});
}

void new_validity(store& s) {
  s.add("INBOX", mail_text("new"), {}, {1700001000, 0});
  s.expunge("INBOX", 1);
  s.change_uid_validity("INBOX");
  s.change_uid_validity("Work");
}

settings as(const std::string& personality, const std::string& lines = {}, const std::string& scheme = "imap+plain") {
  settings out;
  out.personality = personality;
  out.lines = lines;
  out.url_scheme = scheme;
  out.mail = some_mail;
  return out;
}

/// Exchange from 2013 on has no NTLM, and lets nobody log in without TLS.
settings over_tls(const std::string& personality) { return as(personality, {}, "imaps"); }

const char* const all_personalities[] = {"2003", "2007", "2010", "2010SP2", "2013", "2016", "2019"};

interruptible_work named(std::string name, settings how) {
  interruptible_work out;
  out.name = std::move(name);
  out.how = std::move(how);
  out.act = {"sync"};
  return out;
}

interruptible_work after_sync(std::string name, settings how, std::function<void(store&)> change) {
  auto out = named(std::move(name), std::move(how));
  out.before = {{"sync"}};
  out.change = std::move(change);
  return out;
}

void add_first_syncs(std::vector<interruptible_work>& to) {
  for (const char* const p : all_personalities) to.push_back(named(std::string("first sync, ") + p, over_tls(p)));
  to.push_back(named("first sync", as("generic")));
  to.push_back(named("first sync, STARTTLS", as("2010SP2", {}, "imap")));
  to.push_back(named("first sync, Date field", as("generic", "received_date = \"header\"\n")));
  to.push_back(named("first sync, one command at a time", as("generic", "pipelining = false\nlogout = \"at-once\"\n")));
  to.push_back(named("first sync, subscribed folders", as("generic", "tree = \"subscribed\"\n")));
  to.back().again = {{"sync"}};
  auto headers = named("first sync, headers", as("generic", "bodies = \"none\"\n"));
  headers.headers_only = true;
  to.push_back(headers);
  auto large = named("first sync, large messages", as("generic"));
  large.how.mail = large_mail;
  to.push_back(large);
}

void add_later_syncs(std::vector<interruptible_work>& to) {
  to.push_back(after_sync("delta", as("generic"), later_changes));
  for (const char* const p : {"2007", "2010", "2016"}) {
    to.push_back(after_sync(std::string("delta, ") + p, over_tls(p), later_changes));
  }
  to.push_back(after_sync("delta, one command at a time", as("generic", "pipelining = false\n"), later_changes));
  to.push_back(after_sync("delta, quick", as("generic"), later_changes));
  to.back().act = {"sync", "--quick"};
  to.push_back(after_sync("delta, headers", as("generic", "bodies = \"none\"\n"), later_changes));
  to.back().headers_only = true;
  to.push_back(
      after_sync("delta, expunged mail is let go", as("generic", "keep_expunged = \"none\"\n"), later_changes));
  to.push_back(after_sync("new UIDVALIDITY", as("generic"), new_validity));
  to.push_back(after_sync("new UIDVALIDITY, 2010", over_tls("2010"), new_validity));
  to.push_back(after_sync("new UIDVALIDITY, headers", as("generic", "bodies = \"none\"\n"), new_validity));
  to.back().headers_only = true;
  to.push_back(after_sync("folders come, go and are renamed", as("generic"), [](store& s) {
    s.rename("Work/Deep", "Play");
    s.remove_folder("Archive");
    s.create("Later");
    s.unsubscribe("Work");
    s.subscribe("Later");
  }));
  to.push_back(after_sync("everything expunged, and allowed", as("generic"), [](store& s) {
    for (const auto& m : s.messages("INBOX")) s.expunge("INBOX", m.uid);
  }));
  to.back().act = {"sync", "--allow-mass-delete"};
  to.back().again = {{"sync", "--allow-mass-delete"}};
}

/// A message that the server does not deliver while it is asked for the first time.
void add_quarantine(std::vector<interruptible_work>& to) {
  auto out = named("quarantine is tried again", as("generic"));
  out.prepare = [](account_under_test& a) {
    exchange::hooks sick;
    sick.on_fetch = [](std::string_view, std::uint32_t uid) {
      return uid == 2 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
    };
    a.server().set_hooks(sick);
    if (a.carry_out({"sync"}).exit_code != 3) throw std::runtime_error("nothing was quarantined");
    a.server().set_hooks({});
  };
  out.act = {"sync", "--retry-quarantined"};
  out.again = {{"sync", "--retry-quarantined"}};
  to.push_back(out);
}

void add_fetches(std::vector<interruptible_work>& to) {
  for (const char* const p : {"generic", "2003"}) {
    auto out =
        named(std::string("bodies on demand, ") + p,
              std::string(p) == "generic" ? as(p, "bodies = \"none\"\n") : as(p, "bodies = \"none\"\n", "imaps"));
    out.before = {{"sync"}};
    out.act = {"fetch", "INBOX", "1:*"};
    out.again = {{"fetch", "INBOX", "1:*"},
                 {"fetch", "Work", "1:*"},
                 {"fetch", "Work/Deep", "1:*"},
                 {"fetch", "Archive", "1:*"}};
    to.push_back(out);
  }
}

void add_exports(std::vector<interruptible_work>& to) {
  for (const char* const format : {"maildir", "eml"}) {
    auto out = after_sync(std::string("export, ") + format, as("generic"), {});
    out.how.mail = large_mail;
    out.act = {"export", "--format", format, "--to", "out"};
    out.again = {out.act};
    out.exported = "out";
    to.push_back(out);
  }
  auto more = after_sync("export once more", as("generic"), {});
  more.before.push_back({"export", "--format", "maildir", "--to", "out"});
  more.change = [](store& s) { s.add("INBOX", mail_text("new"), {}, {1700001000, 0}); };
  more.prepare = [add = more.change](account_under_test& a) {
    add(a.mail());
    if (a.carry_out({"sync"}).exit_code != 0) throw std::runtime_error("the second sync failed");
  };
  more.act = {"export", "--format", "maildir", "--to", "out"};
  more.again = {more.act};
  more.exported = "out";
  to.push_back(more);
}

struct queued {
  const char* name;
  std::vector<arguments> record;
};

const std::vector<queued>& queued_changes() {
  static const std::vector<queued> all = {
      {"flags", {{"mark", "INBOX", "1,3", "+seen", "-flagged"}}},
      {"copy", {{"copy", "INBOX", "1:2", "Work"}}},
      {"move", {{"move", "INBOX", "3", "Archive"}}},
      {"append", {{"append", "Work", "draft", "--flag", "draft", "--date", "2024-03-01T12:30:00+01:00"}}},
      {"append of a large message", {{"append", "Work", "large", "--date", "2024-03-01T12:30:00+01:00"}}},
      {"purge", {{"delete", "INBOX", "2"}, {"purge", "INBOX", "--yes"}}},
      {"create", {{"folder", "create", "Work/New"}}},
      {"delete", {{"folder", "delete", "Archive", "--yes"}}},
      {"rename", {{"folder", "rename", "Archive", "Cellar"}}},
      {"subscribe", {{"folder", "subscribe", "Archive"}, {"folder", "unsubscribe", "Work"}}},
  };
  return all;
}

void record(account_under_test& a, const std::vector<arguments>& changes) {
  write_file(a.dir() / "draft", mail_text("draft"));
  write_file(a.dir() / "large", mail_text("uploaded", 300'000));
  for (const auto& c : changes) {
    const auto got = a.carry_out(c + arguments{"--offline"});
    if (got.exit_code != 0) throw std::runtime_error("not recorded: " + describe(got));
  }
}

void add_outbox(std::vector<interruptible_work>& to) {
  for (const char* const p : {"generic", "2010", "2016"}) {
    std::vector<arguments> everything;
    for (const auto& q : queued_changes()) {
      auto out = named(std::string("outbox: ") + q.name + ", " + p, std::string(p) == "generic" ? as(p) : over_tls(p));
      out.before = {{"sync"}};
      out.prepare = [&q](account_under_test& a) { record(a, q.record); };
      to.push_back(out);
      if (q.name != std::string("delete") && q.name != std::string("rename"))
        everything.insert(everything.end(), q.record.begin(), q.record.end());
    }
    auto out = named(std::string("outbox: all in a row, ") + p, std::string(p) == "generic" ? as(p) : over_tls(p));
    out.before = {{"sync"}};
    out.prepare = [everything](account_under_test& a) { record(a, everything); };
    to.push_back(out);
  }
  // The recording itself: done or not done.
  for (const auto& q : queued_changes()) {
    if (q.record.size() != 1) continue;
    auto out = named(std::string("recording: ") + q.name, as("generic"));
    out.before = {{"sync"}};
    out.prepare = [](account_under_test& a) { record(a, {}); };
    out.act = q.record.front() + arguments{"--offline"};
    out.all_or_nothing = true;
    to.push_back(out);
  }
}

}  // namespace

const std::vector<interruptible_work>& all_works() {
  static const auto all = [] {
    std::vector<interruptible_work> out;
    add_first_syncs(out);
    add_later_syncs(out);
    add_quarantine(out);
    add_fetches(out);
    add_exports(out);
    add_outbox(out);
    return out;
  }();
  return all;
}

work_on_trial::work_on_trial(const interruptible_work& what) : what_(what) {
  {
    account_under_test a(what.how);
    for (const auto& line : what.before) {
      const auto got = a.carry_out(line);
      if (got.exit_code != 0) throw std::runtime_error(what.name + ", before: " + describe(got));
    }
    if (what.prepare) what.prepare(a);
    fs::copy(a.dir().path(), prepared_.path(), fs::copy_options::recursive);
  }
  auto undisturbed = fresh();
  const auto got = undisturbed.carry_out(what.act, disturbance{});
  if (got.ended.exit_code != 0) throw std::runtime_error(what.name + ": " + describe(got.ended));
  steps_ = got.seen;
  for (const auto& line : what.again) {
    if (const auto more = undisturbed.carry_out(line); more.exit_code != 0)
      throw std::runtime_error(what.name + ", again: " + describe(more));
  }
  ends_.push_back(undisturbed.served());
  if (!what.exported.empty()) files_ = files_below(undisturbed.dir() / what.exported);
  if (what.all_or_nothing) ends_.push_back(fresh().served());
  if (const auto wrong = judge(undisturbed); !wrong.empty()) throw std::runtime_error(what.name + ": " + wrong);
}

account_under_test work_on_trial::fresh(const fs::path& home) const {
  account_under_test out(what_.how, home.empty() ? prepared_.path() : home);
  if (what_.change) what_.change(out.mail());
  return out;
}

held_account work_on_trial::expected_of(const held_account& served) const {
  auto out = served;
  if (what_.how.lines.find("subscribed") != std::string::npos) {
    for (auto& [folder, messages] : out) {
      // The others are known by name.
      if (folder != "INBOX" && folder != "Work") messages.clear();
    }
  }
  if (!what_.headers_only) return out;
  for (auto& [folder, messages] : out) {
    for (auto& [uid, message] : messages) message.second.resize(message.second.find("\r\n\r\n") + 4);
  }
  return out;
}

std::string work_on_trial::complete(account_under_test& on) const {
  if (const auto wrong = on.unsound(); !wrong.empty()) return "right after: " + wrong;
  for (const auto& line : what_.again) {
    process_result got;
    // What broke links have put off is sent by the next run, or the one after it.
    constexpr int most_runs = 3;
    for (int i = 0; i < most_runs; ++i) {
      got = on.carry_out(line);
      if (got.exit_code == 0) break;
    }
    if (got.exit_code != 0) return "the next run: " + describe(got);
  }
  return judge(on);
}

std::string work_on_trial::judge(account_under_test& on) const {
  if (const auto wrong = on.unsound(); !wrong.empty()) return wrong;
  const auto served = on.served();
  if (std::find(ends_.begin(), ends_.end(), served) == ends_.end()) {
    return "on the server: " + difference(ends_.front(), served);
  }
  std::string problem;
  const auto held = on.held(problem);
  if (!held) return "the cache: " + problem;
  if (const auto wrong = difference(expected_of(served), *held); !wrong.empty()) return "in the cache: " + wrong;
  if (const auto left = on.queued(problem); left != 0 || !problem.empty())
    return std::to_string(left) + " changes are left in the outbox " + problem;
  if (what_.exported.empty()) return {};
  const auto files = files_below(on.dir() / what_.exported);
  for (const auto& f : files) {
    if (files_.count(f) < files.count(f))
      return "exported, and should not be in " + f.first + ": " + f.second.substr(0, 99);
  }
  return files == files_ ? "" : "not every file was exported";
}

}  // namespace outmap::test
