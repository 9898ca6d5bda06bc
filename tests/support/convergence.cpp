#include "support/convergence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "support/cutting_proxy.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

namespace outmap::test {
namespace {

const std::vector<std::string> folders = {"INBOX", "Archive", "Drafts"};

struct events final : observer {
  std::uint64_t found = 0;
  std::vector<std::string> said;
  void on_outbox(const outbox_event& e) noexcept override {
    found += e.outcome == change_outcome::already_there ? 1 : 0;
    said.push_back(std::string(to_string(e.kind)) + ' ' + e.mailbox.wire() + ": " + to_string(e.outcome) + ' ' +
                   e.reason + ' ' + e.server_text);
  }
};

std::string token_of(const std::string& octets) {
  const auto at = octets.find("Subject: ");
  return at == std::string::npos ? "" : octets.substr(at + 9, octets.find("\r\n", at) - at - 9);
}

// What must hold of the messages that go by one Subject.
struct token_facts {
  std::uint64_t most = 1;
  bool may_be_gone = false;
  bool dropped = false;
};

class history {
 public:
  history(changing_server& on, std::uint32_t seed, const history_options& how, history_counts& to)
      : server_(on), random_(seed), how_(how), counts_(to), link_(on.port()) {
    for (auto& c : clients_) {
      c.config = server_.config();
      c.config.port = link_.port();
      c.config.cache = dir_ / ("cache" + std::to_string(&c - clients_));
      c.config.second_look = std::chrono::milliseconds(0);
    }
  }

  void play() {
    server_.begin_anew();
    for (int i = 0; i < 3; ++i) server_add();
    for (auto& c : clients_) sync(c, false);
    for (unsigned i = 0; i < how_.steps; ++i) step();
    settle();
    check();
  }

 private:
  struct client {
    account_config config;
    events watch;
  };

  unsigned upto(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned of_100) { return upto(100) < of_100; }
  template <class List>
  const auto& one_of(const List& list) {
    return list[upto(static_cast<unsigned>(list.size()))];
  }
  void note(std::string what) { log_ += what + "; "; }

  std::string new_message() {
    const auto token = "m" + std::to_string(next_++);
    facts_[token];
    std::string text = "Subject: " + token + "\r\n";
    // Drafts lack what others have.
    if (chance(70)) text = "Message-ID: <" + token + "@example.com>\r\n" + text;
    if (chance(70)) text = "Date: Fri, 1 Aug 2025 10:00:00 +0000\r\n" + text;
    return text + "\r\n" + (chance(50) ? "the same text" : "text of " + token) + "\r\n";
  }

  void step() {
    switch (upto(10)) {
      case 0: return server_add();
      case 1: return server_flags();
      case 2: return server_expunge();
      case 3:
        if (chance(15)) {
          const auto& folder = one_of(folders);
          if (server_.change_uid_validity(folder)) note("server renumbers " + folder);
          return;
        }
        [[fallthrough]];
      case 4: return sync(clients_[upto(2)], true);
      case 5:
      case 6: return send(clients_[upto(2)]);
      default: return change(clients_[upto(2)]);
    }
  }

  void server_add() {
    const auto& folder = one_of(folders);
    const auto text = new_message();
    note("server adds " + token_of(text) + " to " + folder);
    server_.add(folder, text);
  }
  void server_flags() {
    const auto all = server_.snapshot();
    const auto& folder = one_of(folders);
    const auto at = all.find(folder);
    if (at == all.end() || at->second.empty()) return;
    auto which = std::next(at->second.begin(), upto(static_cast<unsigned>(at->second.size())));
    const flag_set flags(static_cast<std::uint8_t>(upto(16)));
    note("server sets " + folder + ' ' + std::to_string(which->first) + " to " + flags.to_string());
    server_.set_flags(folder, which->first, flags);
    if (flags.has(system_flag::deleted)) facts_[token_of(which->second.second)].may_be_gone = true;
  }
  void server_expunge() {
    const auto all = server_.snapshot();
    const auto& folder = one_of(folders);
    const auto at = all.find(folder);
    if (at == all.end() || at->second.empty()) return;
    auto which = std::next(at->second.begin(), upto(static_cast<unsigned>(at->second.size())));
    note("server expunges " + folder + ' ' + std::to_string(which->first));
    facts_[token_of(which->second.second)].may_be_gone = true;
    server_.expunge(folder, which->first);
  }

  void sync(client& c, bool may_break) {
    if (may_break) prepare_link();
    trace_on_trial audited(c.config.auth);
    account a(c.config, &c.watch, &audited);
    sync_options options;
    if (chance(30)) options.depth = sync_depth::quick;
    note(name(c) + (options.depth == sync_depth::quick ? " syncs quickly" : " syncs"));
    const auto report = a.sync(options);
    end_link();
    if (!may_break) {
      REQUIRE_MESSAGE(report, report.error().message());
      if (report->failure) FAIL_CHECK(report->failure->message());
    }
  }
  void sync_in_full(client& c) {
    trace_on_trial audited(c.config.auth);
    account a(c.config, &c.watch, &audited);
    const auto report = a.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
  }
  void send(client& c) {
    prepare_link();
    note(name(c) + " sends");
    trace_on_trial audited(c.config.auth);
    account a(c.config, &c.watch, &audited);
    const auto report = a.send_outbox();
    end_link();
  }
  void prepare_link() {
    breaks_ = chance(how_.broken_links);
    if (!breaks_) return;
    ++counts_.broken;
    if (chance(50)) {
      // The moments that matter: a command that may not be repeated is out, and its answer is not here.
      note("an answer is lost");
      return link_.cut_next_behind(
          {" APPEND ", " UID COPY ", " CREATE ", " DELETE ", " RENAME ", " UID STORE ", " EXPUNGE"}, upto(80));
    }
    const bool of_client = chance(40);
    // Logging in takes some hundred octets, a change a hundred or two, a sync of everything some thousand.
    const std::uint64_t at = of_client ? 100 + upto(900) : 400 + upto(chance(70) ? 2000 : 10000);
    note("the link breaks");
    link_.cut_next_after(of_client ? at : cutting_proxy::never, of_client ? cutting_proxy::never : at);
  }
  void end_link() {
    link_.cut_next_after(cutting_proxy::never, cutting_proxy::never);
    link_.last();
    if (std::exchange(breaks_, false)) server_.come_to_rest();
  }

  std::string name(const client& c) const { return &c == clients_ ? "A" : "B"; }

  uid_set some_of(client& c, const mailbox_name& folder) {
    uid_set out;
    auto view = store::open(c.config.cache);
    if (!view) return out;
    std::vector<uid> all;
    const auto ok = view->messages(folder, [&](const stored_message& m) {
      if (m.uid.value != 0) all.push_back(m.uid);
      return true;
    });
    if (!ok || all.empty()) return out;
    std::set<uid> chosen;
    for (unsigned i = 0; i <= upto(3); ++i) chosen.insert(one_of(all));
    for (const auto u : chosen) out.add(u);
    return out;
  }
  std::vector<std::string> tokens(client& c, const mailbox_name& folder, const uid_set& uids) {
    std::vector<std::string> out;
    auto view = store::open(c.config.cache);
    REQUIRE(view);
    const auto wanted = uids.to_vector();
    for (const auto u : wanted) {
      const auto header = view->header(folder, u);
      if (header) out.push_back(token_of(*header));
    }
    return out;
  }

  void change(client& c) {
    auto opened = outbox::open(c.config.cache);
    REQUIRE_MESSAGE(opened, opened.error().message());
    ++counts_.changes;
    const auto kind = upto(12);
    if (kind >= 10) return folder_change(c, *opened, kind == 10);
    const mailbox_name folder(one_of(folders));
    if (kind <= 2) {
      const auto text = new_message();
      note(name(c) + " appends " + token_of(text) + " to " + folder.wire());
      REQUIRE(opened->append(folder, text, flag_set(static_cast<std::uint8_t>(upto(32) & 23U))));
      return;
    }
    const auto uids = some_of(c, folder);
    if (uids.empty()) return;
    const auto what = name(c) + ' ' + folder.wire() + ' ' + uids.to_string();
    if (kind <= 4) {
      const auto add = static_cast<std::uint8_t>(upto(32) & 23U);
      const auto remove = static_cast<std::uint8_t>(upto(32) & 23U & ~add);
      note(what + " +" + std::to_string(add) + " -" + std::to_string(remove));
      if (add + remove != 0) static_cast<void>(opened->mark(folder, uids, {add, remove}));
    } else if (kind == 5) {
      note(what + " deleted");
      for (const auto& t : tokens(c, folder, uids)) facts_[t].may_be_gone = true;
      REQUIRE(opened->erase(folder, uids));
    } else if (kind == 6) {
      const auto gone = opened->deleted(folder);
      REQUIRE(gone);
      note(name(c) + " purges " + folder.wire() + ' ' + (gone->empty() ? "" : gone->to_string()));
      for (const auto& t : tokens(c, folder, *gone)) facts_[t].may_be_gone = true;
      REQUIRE(opened->purge(folder));
    } else {
      const mailbox_name to(one_of(folders));
      if (to == folder) return;
      for (const auto& t : tokens(c, folder, uids)) ++facts_[t].most;
      note(what + (kind == 7 ? " moved to " : " copied to ") + to.wire());
      const auto ok = kind == 7 ? opened->move(folder, uids, to) : opened->copy(folder, uids, to);
      REQUIRE_MESSAGE(ok, ok.error().message());
      // The original may then go in a purge of what the other one sees \Deleted.
    }
  }

  void folder_change(client& c, outbox& to, bool make) {
    const mailbox_name which("F" + std::to_string(upto(2)));
    note(name(c) + (make ? " makes " : " removes ") + which.wire());
    // The folder may be there, or not be there, in this one's eyes.
    if (make) {
      static_cast<void>(to.create(which));
    } else if (chance(50)) {
      static_cast<void>(to.remove(which));
    } else {
      static_cast<void>(to.rename(which, mailbox_name("F" + std::to_string(2 + upto(2)))));
    }
  }

  void settle() {
    for (int round = 0; round < 8; ++round) {
      bool quiet = true;
      for (auto& c : clients_) {
        sync_in_full(c);
        auto box = outbox::open(c.config.cache);
        REQUIRE(box);
        const auto left = box->list();
        REQUIRE(left);
        for (const auto& change : *left) {
          quiet = false;
          log_ += name(c) + " has " + to_string(change.kind) + ' ' + change.mailbox.wire() + ' ' +
                  to_string(change.state) + " (" + change.reason + change.server_text + "); ";
          const bool final = change.state == change_state::conflict || change.state == change_state::refused;
          // Postponed where links broke on it again and again.
          if (!final) REQUIRE(box->retry(change.id));
          if (!final) continue;
          ++counts_.conflicts;
          if (change.kind == change_kind::append) drop_append(*box, change.id);
          REQUIRE(box->drop(change.id));
        }
      }
      if (quiet) break;
    }
    for (auto& c : clients_) {
      sync_in_full(c);
      counts_.found += c.watch.found;
    }
    for (auto& c : clients_) {
      sync_in_full(c);
      auto box = outbox::open(c.config.cache);
      CHECK_MESSAGE(box->list()->empty(), log_);
    }
  }
  void drop_append(outbox& box, change_id id) {
    std::string octets;
    REQUIRE(box.message(id, [&](std::string_view piece) {
      octets += piece;
      return true;
    }));
    facts_[token_of(octets)].may_be_gone = true;
  }

  held_account held(client& c) {
    held_account out;
    auto view = store::open(c.config.cache);
    REQUIRE(view);
    const auto all = view->folders();
    REQUIRE(all);
    for (const auto& f : *all) {
      if (f.gone || !f.selectable) continue;
      auto& into = out[f.mailbox.wire()];
      std::vector<stored_message> messages;
      REQUIRE(view->messages(f.mailbox, [&](const stored_message& m) {
        messages.push_back(m);
        return true;
      }));
      for (const auto& m : messages) {
        auto& [flags, octets] = into[m.uid.value];
        flags = m.flags.to_string();
        REQUIRE(view->body(f.mailbox, m.uid, [&, &to = octets](std::string_view piece) {
          to += piece;
          return true;
        }));
      }
    }
    return out;
  }

  void check() {
    const auto on_server = server_.snapshot();
    for (auto& c : clients_) {
      const auto ours = held(c);
      CHECK_MESSAGE((ours == on_server), name(c), " differs; ", log_, " A: ", said());
    }
    std::map<std::string, std::uint64_t> counted;
    for (const auto& [folder, messages] : on_server) {
      for (const auto& [uid, message] : messages) ++counted[token_of(message.second)];
    }
    for (const auto& [token, facts] : facts_) {
      const auto found = counted[token];
      CHECK_MESSAGE(found <= facts.most, token, " is there ", found, " times; ", log_, said());
      if (!facts.may_be_gone) CHECK_MESSAGE(found >= 1, token, " is lost; ", log_, said());
    }
  }
  std::string said() const {
    std::string out;
    for (const auto& c : clients_) {
      for (const auto& s : c.watch.said) out += name(c) + ": " + s + "; ";
    }
    return out;
  }

  changing_server& server_;
  std::mt19937 random_;
  history_options how_;
  history_counts& counts_;
  temp_dir dir_;
  cutting_proxy link_;
  client clients_[2];
  std::map<std::string, token_facts> facts_;
  unsigned next_ = 0;
  bool breaks_ = false;
  std::string log_;
};

}  // namespace

void play_history(changing_server& on, std::uint32_t seed, const history_options& how, history_counts& to) {
  CAPTURE(seed);
  history(on, seed, how, to).play();
}

unsigned number_from(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

}  // namespace outmap::test
