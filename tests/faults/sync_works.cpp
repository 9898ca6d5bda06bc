// Works that read from the server.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "double/spoken_bodies.hpp"
#include "faults/work_shapes.hpp"
#include "outmap/store.hpp"

namespace outmap::test {
namespace {

using store = exchange::mailbox_store;
using store_view = outmap::store;
using settings = account_under_test::settings;

void add_first_syncs(std::vector<interruptible_work>& to) {
  for (const auto& p : all_personalities()) {
    if (p != "generic") to.push_back(named("first sync, " + p, over_tls(p)));
  }
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
  for (const auto& p : all_personalities()) {
    if (p != "generic") to.push_back(after_sync("delta, " + p, over_tls(p), later_changes));
  }
  to.push_back(after_sync("delta, one command at a time", as("generic", "pipelining = false\n"), later_changes));
  to.push_back(after_sync("delta, quick", as("generic"), later_changes));
  to.back().act = {"sync", "--quick"};
  to.push_back(after_sync("delta, headers", as("generic", "bodies = \"none\"\n"), later_changes));
  to.back().headers_only = true;
  to.push_back(
      after_sync("delta, expunged mail is let go", as("generic", "keep_expunged = \"none\"\n"), later_changes));
  to.push_back(after_sync("new UIDVALIDITY", as("generic"), new_validity));
  for (const auto& p : all_personalities()) {
    if (p != "generic") to.push_back(after_sync("new UIDVALIDITY, " + p, over_tls(p), new_validity));
  }
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

/// Bodies have come, each time with a NO behind them.
void add_unconfirmed(std::vector<interruptible_work>& to) {
  auto out = named("unconfirmed bodies are asked for again", as("generic"));
  out.prepare = [](account_under_test& a) {
    exchange::hooks sick;
    sick.on_command = [&a](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (!asks_for_bodies(c)) return std::nullopt;
      exchange::action refused;
      refused.instead = spoken_bodies(c, a.mail()) + c.tag + " NO Some of the messages could not be fetched.\r\n";
      return refused;
    };
    a.server().set_hooks(sick);
    if (a.carry_out({"sync"}).exit_code != 3) throw std::runtime_error("nothing was refused");
    a.server().set_hooks({});
    auto held = store_view::open(a.cache());
    if (!held || held->folder("INBOX")->unconfirmed == 0) throw std::runtime_error("nothing is unconfirmed");
  };
  out.act = {"sync", "--retry-quarantined"};
  out.again = {{"sync", "--retry-quarantined"}};
  to.push_back(out);
}

void add_fetches(std::vector<interruptible_work>& to) {
  for (const auto& p : all_personalities()) {
    auto out = named("bodies on demand, " + p, usual(p, "bodies = \"none\"\n"));
    out.before = {{"sync"}};
    out.act = {"fetch", "INBOX", "1:*"};
    out.again = {{"fetch", "INBOX", "1:*"},
                 {"fetch", "Work", "1:*"},
                 {"fetch", "Work/Deep", "1:*"},
                 {"fetch", "Archive", "1:*"}};
    to.push_back(out);
  }
}

/// The first session stays at work for longer than the others have patience.
void add_several_sessions(std::vector<interruptible_work>& to) {
  const auto slow = [](settings how) {
    how.hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.connection != 1 || c.name != "UID FETCH" || c.mailbox != "INBOX") return std::nullopt;
      exchange::action wait;
      wait.delay = std::chrono::milliseconds(1200);
      return wait;
    };
    return how;
  };
  for (const auto* const p : {"generic", "2010"}) {
    to.push_back(named(std::string("first sync, several sessions, ") + p,
                       slow(usual(p, "connections = 3\npipelining = false\n"))));
  }
}

/// News come while the folder is watched; the watch is ended from outside.
void add_watches(std::vector<interruptible_work>& to) {
  for (const auto& p : {"generic", "2003", "2010", "2016"}) {
    auto out = after_sync(std::string("watch, ") + p, usual(p), later_changes);
    out.act = {"watch", "--folder", "INBOX"};
    out.begun = "connected";
    out.meanwhile = [](store& s) {
      s.add("INBOX", mail_text("heard of"), {}, {1700002000, 0});
      s.set_flags("INBOX", 3, flagged(system_flag::answered));
      s.expunge("INBOX", 4);
      s.add("INBOX", mail_text("the last"), {}, {1700002100, 0});
    };
    out.seen = "new";
    to.push_back(out);
  }
}

}  // namespace

void add_sync_works(std::vector<interruptible_work>& to) {
  add_first_syncs(to);
  add_later_syncs(to);
  add_several_sessions(to);
  add_watches(to);
  add_quarantine(to);
  add_unconfirmed(to);
  add_fetches(to);
}

}  // namespace outmap::test
