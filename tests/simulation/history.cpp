#include "simulation/history.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "simulation/client.hpp"
#include "simulation/mishaps.hpp"
#include "simulation/other_clients.hpp"
#include "simulation/world.hpp"

namespace outmap::simulation {
namespace {

constexpr std::array<const char*, 4> personalities = {"generic", "2010", "2016", "2019"};

class history {
 public:
  history(const history_plan& plan, outcome& to, const std::string& trace_file)
      : plan_(plan), random_(plan.seed), to_(to), in_(plan.seed, behaviour()), others_(in_, facts_, random_, sayer()) {
    in_.on().trace().write_to(trace_file);
    in_.on().stuck = [this](const std::string& why) {
      std::fprintf(stderr, "seed %llu hangs: %s; %s\n", static_cast<unsigned long long>(plan_.seed), why.c_str(),
                   log_.c_str());
      ::_exit(hung);
    };
    for (const char* name : {"A", "B"}) {
      clients_.push_back(std::make_unique<client>(name, in_, sayer()));
      configure(clients_.back()->config);
    }
    others_.renumbered = [this](const std::string& token) {
      for (const auto& c : clients_) c->release(token);
    };
  }

  void play() {
    others_.begin();
    for (const auto& c : clients_) {
      c->sync_in_full();
      if (c->take_complete()) c->promise();
    }
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const auto& step = plan_.steps[i];
      if (!step.kept) continue;
      random_.seed(step.seed);
      in_.on().reseed(step.seed);
      in_.on().trace().note(in_.on().now(), "step", std::to_string(i));
      log_ += '[' + std::to_string(i) + "] ";
      act(step.disturbed);
    }
    settle();
    judge();
  }

  void tell_counts() {
    to_.digest = in_.on().trace().digest();
    to_.events = in_.on().trace().events();
    to_.deaths = in_.counts.deaths;
    to_.power_cuts = in_.counts.power_cuts;
    to_.seconds = std::chrono::duration_cast<std::chrono::seconds>(in_.on().now()).count();
  }
  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  exchange::personality behaviour() {
    const std::string name = personalities[random_() % personalities.size()];
    note("an Exchange " + name);
    return *exchange::personality::by_name(name);
  }
  void configure(account_config& config) {
    config.connections = 1 + upto(3);
    config.patience = std::chrono::milliseconds(1 + upto(40));
    // Challenges and responses are drawn and dated by the machine.
    if (chance(30)) config.auth.allowed = {mechanism::ntlm, mechanism::login};
    config.pipelining = !chance(15);
    config.wait_for_logout = chance(70);
    if (chance(30)) config.keep_expunged = upto(2) * 30;
  }

  unsigned upto(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned of_100) { return upto(100) < of_100; }
  template <class List>
  const auto& one_of(const List& list) {
    return list[upto(static_cast<unsigned>(list.size()))];
  }
  void note(const std::string& what) { log_ += what + "; "; }
  std::function<void(const std::string&)> sayer() {
    return [this](const std::string& what) { note(what); };
  }

  void act(bool disturbed) {
    auto& c = *clients_[upto(2)];
    const auto kind = upto(24);
    if (kind < 5) return others_.act(kind);
    if (kind < 12) return connect(c, disturbed);
    change(c, disturbed);
  }

  /// While the clients work, others do.
  void with_others(instant length, const std::function<void()>& what) {
    std::vector<std::uint64_t> at_work;
    const auto count = chance(40) ? 1 + upto(3) : 0;
    for (unsigned i = 0; i < count; ++i) {
      const instant when(length / 1000 * upto(1000));
      in_.on().as(party::server, [&] {
        at_work.push_back(in_.on().start([this, when] {
          in_.on().sleep(when);
          others_.act(upto(5));
        }));
      });
    }
    std::exception_ptr thrown;
    try {
      what();
    } catch (...) {
      // They refer to this history: it may not end before them.
      thrown = std::current_exception();
    }
    for (const auto thread : at_work) in_.on().wait([&] { return in_.on().ended(thread); });
    if (thrown) std::rethrow_exception(thrown);
  }

  /// One of the clients, or both, use their connections.
  void connect(client& c, bool disturbed) {
    auto& other = c.name() == "A" ? *clients_[1] : *clients_[0];
    instant length = std::chrono::milliseconds(150);
    const auto mine = work_of(c, length);
    const auto beside = chance(20) ? work_of(other, length) : nullptr;
    mishap what(in_, random_, disturbed);
    if (!what.name().empty()) {
      note(what.name());
      ++to_.broken;
    }
    bool died = false;
    with_others(length, [&] { died = in_.run(what.how(), [&] { beside ? in_.at_once(mine, beside) : mine(); }); });
    what.end();
    if (died) {
      note(what.how().power ? "the power is gone" : "killed");
      return check();
    }
    for (const auto& each : clients_) {
      if (!each->take_complete()) continue;
      each->check(facts_);
      each->promise();
    }
  }

  /// `length`: how long others have to act, at least.
  std::function<void()> work_of(client& c, instant& length) {
    const auto kind = upto(20);
    if (kind < 9) {
      sync_options options;
      if (chance(30)) options.depth = sync_depth::quick;
      note(c.name() + (options.depth == sync_depth::quick ? " syncs quickly" : " syncs"));
      return [&c, options] { c.sync(options); };
    }
    if (kind < 17) {
      note(c.name() + " sends");
      return [&c] { c.send(); };
    }
    watch_options options;
    if (chance(40)) options.folder = "Archive";
    options.rescan_interval = std::chrono::seconds(30 + upto(900));
    options.unseen_interval = std::chrono::seconds(chance(50) ? 0 : 30 + upto(300));
    length = std::chrono::seconds(1 + upto(chance(70) ? 200 : 4000));
    note(c.name() + " watches " + options.folder + " for " +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(length).count()) + " s");
    return [&c, options, mine = length] { c.watch(options, mine); };
  }

  void check() {
    for (const auto& each : clients_) each->check(facts_);
  }

  void change(client& c, bool disturbed) {
    const auto all = c.mailboxes();
    if (all.empty()) return;
    ++to_.changes;
    const auto folder = one_of(all);
    const auto kind = upto(12);
    const auto how = mishap(in_, random_, false).death_alone(disturbed && chance(10));
    const auto record = [&](const std::function<void(outbox&)>& what) {
      if (!in_.run(how, [&] { c.change(what); })) return;
      note(c.name() + " dies of it");
      check();
    };
    if (kind <= 2) return append(c, folder, record);
    if (kind >= 10) return change_folder(c, record);
    if (kind == 6) return purge(c, folder, record);
    change_messages(c, folder, kind, all, record);
  }

  using recorder = std::function<void(const std::function<void(outbox&)>&)>;

  void append(client& c, const mailbox_name& folder, const recorder& record) {
    const auto text = others_.new_message();
    const auto token = token_of(text);
    // Until it is recorded nothing is promised.
    facts_[token].may_be_gone = true;
    note(c.name() + " appends " + token + " to " + folder.wire());
    const flag_set flags(static_cast<std::uint8_t>(upto(32) & 23U));
    record([&](outbox& to) {
      if (to.append(folder, text, flags)) facts_[token].may_be_gone = folder.wire()[0] == 'F';
    });
  }

  void purge(client& c, const mailbox_name& folder, const recorder& record) {
    record([&](outbox& to) {
      const auto gone = to.deleted(folder);
      if (!gone || gone->empty()) return;
      note(c.name() + " purges " + folder.wire() + ' ' + gone->to_string());
      for (const auto& t : c.tokens(folder, *gone)) facts_[t].may_be_gone = true;
      static_cast<void>(to.purge(folder));
    });
  }

  uid_set some_of(client& c, const mailbox_name& folder) {
    uid_set out;
    const auto all = c.uids(folder);
    if (all.empty()) return out;
    std::set<uid> chosen;
    for (unsigned i = 0; i <= upto(3); ++i) chosen.insert(one_of(all));
    for (const auto u : chosen) out.add(u);
    return out;
  }

  void change_messages(client& c, const mailbox_name& folder, unsigned kind, const std::vector<mailbox_name>& all,
                       const recorder& record) {
    const auto uids = some_of(c, folder);
    if (uids.empty()) return;
    const auto what = c.name() + ' ' + folder.wire() + ' ' + uids.to_string();
    if (kind <= 4) {
      const auto add = static_cast<std::uint8_t>(upto(32) & 23U);
      const auto remove = static_cast<std::uint8_t>(upto(32) & 23U & ~add);
      if (add + remove == 0) return;
      note(what + " +" + std::to_string(add) + " -" + std::to_string(remove));
      return record([&](outbox& to) { static_cast<void>(to.mark(folder, uids, {add, remove})); });
    }
    if (kind == 5) {
      note(what + " deleted");
      for (const auto& t : c.tokens(folder, uids)) facts_[t].may_be_gone = true;
      return record([&](outbox& to) { static_cast<void>(to.erase(folder, uids)); });
    }
    const auto to_folder = one_of(all);
    if (to_folder == folder) return;
    for (const auto& t : c.tokens(folder, uids)) ++facts_[t].most;
    note(what + (kind == 7 ? " moved to " : " copied to ") + to_folder.wire());
    record([&](outbox& to) {
      static_cast<void>(kind == 7 ? to.move(folder, uids, to_folder) : to.copy(folder, uids, to_folder));
    });
  }

  void change_folder(client& c, const recorder& record) {
    const mailbox_name which("F" + std::to_string(upto(2)));
    const mailbox_name other("F" + std::to_string(2 + upto(2)));
    const auto kind = upto(4);
    note(c.name() + (kind < 2 ? " makes " : kind == 2 ? " removes " : " renames ") + which.wire());
    if (kind == 2) others_.everything_may_go(which.wire());
    // The folder may be there, or not be there, in this one's eyes.
    record([&](outbox& to) {
      if (kind < 2) static_cast<void>(to.create(which));
      if (kind == 2) static_cast<void>(to.remove(which));
      if (kind == 3) static_cast<void>(to.rename(which, other));
    });
  }

  void settle() {
    in_.on().reseed(plan_.seed);
    note("all settles");
    for (int round = 0; round < 8; ++round) {
      bool quiet = true;
      for (const auto& c : clients_) {
        c->sync_in_full();
        quiet = c->settle([&](const std::string& octets) { facts_[token_of(octets)].may_be_gone = true; }) && quiet;
      }
      if (quiet) break;
    }
    for (int round = 0; round < 2; ++round) {
      for (const auto& c : clients_) c->sync_in_full();
    }
    for (const auto& c : clients_)
      expect(c->settle([](const std::string&) {}), c->name() + " has changes that are never sent");
  }

  void judge() {
    const auto on_server = others_.snapshot();
    for (const auto& c : clients_) {
      const auto differs = difference(c->held(), on_server);
      expect(differs.empty(), c->name() + " differs: " + differs);
      expect(c->unconfirmed() == 0, c->name() + " has messages that the server has never confirmed");
    }
    check();
    std::map<std::string, std::uint64_t> counted;
    for (const auto& [folder, messages] : on_server) {
      for (const auto& [uid, message] : messages) ++counted[token_of(message.octets)];
    }
    for (const auto& [token, facts] : facts_) {
      const auto found = counted[token];
      expect(found <= facts.most, token + " is there " + std::to_string(found) + " times");
      expect(facts.may_be_gone || found >= 1, token + " is lost");
    }
  }

  const history_plan& plan_;
  std::mt19937_64 random_;
  outcome& to_;
  std::string log_;
  ledger facts_;
  world in_;
  other_clients others_;
  std::vector<std::unique_ptr<client>> clients_;
};

}  // namespace

outcome play(const history_plan& plan, const std::string& trace_file) {
  // SQLite has a generator of its own for the whole process; the machine knows nothing of it.
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(plan.seed % 1'000'000'007) + 1, nullptr);
  sqlite3_randomness(0, nullptr);
  outcome out;
  try {
    history all(plan, out, trace_file);
    try {
      all.play();
    } catch (const std::exception& e) {
      out.failure = std::string(e.what()) + " | " + all.log();
    }
    all.tell_counts();
  } catch (const std::exception& e) {
    out.failure = std::string("it could not begin: ") + e.what();
  }
  return out;
}

}  // namespace outmap::simulation
