#include "faults/work_shapes.hpp"

#include <stdexcept>
#include <utility>

namespace outmap::test {

using store = exchange::mailbox_store;
using settings = account_under_test::settings;

std::string mail_text(const std::string& name, std::size_t size) {
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

settings as(const std::string& personality, const std::string& lines, const std::string& scheme) {
  settings out;
  out.personality = personality;
  out.lines = lines;
  out.url_scheme = scheme;
  out.mail = some_mail;
  return out;
}

settings over_tls(const std::string& personality) { return as(personality, {}, "imaps"); }

settings usual(const std::string& personality, const std::string& lines) {
  return personality == "generic" ? as(personality, lines) : as(personality, lines, "imaps");
}

const std::vector<std::string>& all_personalities() {
  static const std::vector<std::string> all = {"generic", "2003", "2007", "2010", "2010SP2", "2013", "2016", "2019"};
  return all;
}

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

void record(account_under_test& a, const std::vector<arguments>& changes) {
  write_file(a.dir() / "draft", mail_text("draft"));
  write_file(a.dir() / "large", mail_text("uploaded", 300'000));
  for (const auto& c : changes) {
    const auto got = a.carry_out(c + arguments{"--offline"});
    if (got.exit_code != 0) throw std::runtime_error("not recorded: " + describe(got));
  }
}

}  // namespace outmap::test
