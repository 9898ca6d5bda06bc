#include "simulation/client.hpp"

#include <utility>

#include "cache/database.hpp"
#include "cache/store_check.hpp"

namespace outmap::simulation {
namespace {

template <class T>
T value(result<T> got, const std::string& what) {
  if (!got) throw wrong(what + ": " + got.error().message());
  return std::move(*got);
}
void value(const result<void>& got, const std::string& what) {
  if (!got) throw wrong(what + ": " + got.error().message());
}

std::vector<stored_message> messages_of(store& view, const mailbox_name& folder) {
  std::vector<stored_message> out;
  value(view.messages(folder,
                      [&](const stored_message& m) {
                        if (m.uid.value != 0) out.push_back(m);
                        return true;
                      }),
        "the messages of " + folder.wire());
  return out;
}

std::function<bool(std::string_view)> collector(std::string& into) {
  return [&into](std::string_view piece) {
    into += piece;
    return true;
  };
}

// No interface tells of the tombstones that a sync may still adopt.
std::vector<std::int64_t> tombstones_with_body(const std::filesystem::path& cache) {
  auto db = value(cache::database::open(cache.string(), SQLITE_OPEN_READWRITE), "the tables of a cache");
  std::vector<std::int64_t> out;
  cache::statement all(db, "SELECT id FROM tombstone WHERE body IS NOT NULL ORDER BY id");
  value(all.for_each([&](const cache::statement& row) {
    out.push_back(row.integer(0));
    return true;
  }),
        "the tombstones of a cache");
  return out;
}

}  // namespace

void client::events::on_outbox(const outbox_event& e) noexcept {
  say(std::string(to_string(e.kind)) + ' ' + e.mailbox.wire() + ": " + to_string(e.outcome) + ' ' + e.reason + ' ' +
      e.server_text);
}

client::client(std::string name, world& in, std::function<void(const std::string&)> say)
    : name_(std::move(name)), in_(in), say_(std::move(say)) {
  config.host = "127.0.0.1";
  config.port = in.port();
  config.tls = tls_mode::none;
  config.user = "anna";
  config.password = secret("s3cret");
  config.auth.plaintext = plaintext_policy::allowed;
  config.auth.allowed = {mechanism::login};
  config.cache = in.folder() / name_;
  watch_.say = [this](const std::string& what) { say_(name_ + ": " + what); };
}

void client::use(const std::function<void(account&, const world::offer&)>& what) {
  complete_ = false;
  test::audited_trace kept;
  {
    account a(config, &watch_, &kept);
    const world::offer offered(in_, a);
    what(a, offered);
  }
  const auto against = kept.violations(config.auth);
  expect(against.empty(), name_ + " breaks the profile: " + against);
}

void client::sync(const sync_options& options) {
  use([&](account& a, const world::offer&) {
    const auto report = a.sync(options);
    if (!report) return say_(name_ + " could not sync: " + report.error().message());
    if (report->failure) return say_(name_ + " synced in part: " + report->failure->message());
    complete_ = options.depth == sync_depth::full;
  });
}

void client::send() {
  use([&](account& a, const world::offer&) {
    const auto report = a.send_outbox();
    if (!report) return say_(name_ + " could not send: " + report.error().message());
    if (report->failure) say_(name_ + " sent in part: " + report->failure->message());
  });
}

void client::watch(const watch_options& options, instant length) {
  use([&](account& a, const world::offer& offered) {
    offered.cancel_after(length);
    const auto report = a.watch(options);
    if (!report) return say_(name_ + " watches no more: " + report.error().message());
    say_(name_ + " was connected " + std::to_string(report->connections) + " times");
  });
}

void client::sync_in_full() {
  sync_options options;
  options.retry_quarantined = true;
  in_.run({}, [&] {
    use([&](account& a, const world::offer&) {
      const auto report = value(a.sync(options), name_ + " syncs undisturbed");
      if (report.failure) throw wrong(name_ + " syncs undisturbed: " + report.failure->message());
      complete_ = true;
    });
  });
}

void client::change(const std::function<void(outbox&)>& what) {
  auto to = value(outbox::open(config.cache), name_ + " opens its outbox");
  what(to);
}

bool client::settle(const std::function<void(const std::string&)>& dropped) {
  auto box = value(outbox::open(config.cache), name_ + " opens its outbox");
  const auto left = value(box.list(), name_ + " lists its outbox");
  for (const auto& change : left) {
    say_(name_ + " has " + to_string(change.kind) + ' ' + change.mailbox.wire() + ' ' + to_string(change.state) + " (" +
         change.reason + change.server_text + ')');
    const bool final = change.state == change_state::conflict || change.state == change_state::refused;
    if (!final) {
      value(box.retry(change.id), "retry");
      continue;
    }
    if (change.kind == change_kind::append) {
      std::string octets;
      value(box.message(change.id, collector(octets)), "the octets of an append");
      dropped(octets);
    }
    value(box.drop(change.id), "drop");
  }
  return left.empty();
}

held_account client::held() const {
  held_account out;
  auto view = value(store::open(config.cache), name_ + " opens its cache");
  const auto all = value(view.folders(), name_ + " lists its cache");
  for (const auto& f : all) {
    if (f.gone || !f.selectable) continue;
    auto& into = out[f.mailbox.wire()];
    for (const auto& m : messages_of(view, f.mailbox)) {
      auto& to = into[m.uid.value];
      to.flags = m.flags.to_string();
      to.date = m.date.value_or(internal_date{});
      if (m.body_digest.empty()) continue;
      value(view.body(f.mailbox, m.uid, collector(to.octets)),
            name_ + " reads " + f.mailbox.wire() + ' ' + std::to_string(m.uid.value));
    }
  }
  return out;
}

std::uint64_t client::unconfirmed() const {
  auto view = value(store::open(config.cache), name_ + " opens its cache");
  std::uint64_t out = 0;
  for (const auto& f : value(view.folders(), name_ + " lists its cache")) out += f.gone ? 0 : f.unconfirmed;
  return out;
}

std::vector<mailbox_name> client::mailboxes() const {
  std::vector<mailbox_name> out;
  auto view = store::open(config.cache);
  if (!view) return out;
  const auto all = value(view->folders(), name_ + " lists its cache");
  for (const auto& f : all) {
    if (!f.gone && f.selectable) out.push_back(f.mailbox);
  }
  return out;
}

std::vector<uid> client::uids(const mailbox_name& folder) const {
  std::vector<uid> out;
  auto view = store::open(config.cache);
  if (!view) return out;
  for (const auto& m : messages_of(*view, folder)) out.push_back(m.uid);
  return out;
}

std::vector<std::string> client::tokens(const mailbox_name& folder, const uid_set& uids) const {
  std::vector<std::string> out;
  auto view = value(store::open(config.cache), name_ + " opens its cache");
  for (const auto u : uids.to_vector()) {
    if (const auto header = view.header(folder, u)) out.push_back(token_of(*header));
  }
  return out;
}

void client::check(const ledger& facts) const {
  if (!std::filesystem::exists(config.cache)) return expect(promised_.empty(), name_ + " has lost its cache");
  auto from = value(cache::reader::open(config.cache), name_ + " opens its cache");
  value(from->check_integrity(), name_ + " checks its cache");
  const auto report =
      value(cache::check_store(config.cache, [](std::uint64_t) { return true; }), name_ + " checks its cache");
  expect(report.fault_count == 0,
         name_ + " has a damaged cache: " + (report.faults.empty() ? "" : report.faults[0].what));
  auto there = listed(*from);
  there.merge(buried(*from));
  for (const auto& token : promised_) {
    // Kept, it may be in another text; but something of it is always there, whoever expunged it.
    const bool may_be_gone = !keeps_everything() && (released_.contains(token) || facts.at(token).may_be_gone);
    expect(may_be_gone || there.contains(token), name_ + " has lost " + token + ", which an earlier sync had stored");
  }
}

std::set<std::string> client::listed(cache::reader& from) const {
  std::set<std::string> out;
  const auto all = value(from.folders(), name_ + " lists its cache");
  for (const auto& f : all) {
    std::vector<uid> with_body;
    const auto note = [&](const cache::message_record& m) {
      if (m.body_digest) with_body.push_back(m.uid);
      return true;
    };
    value(from.for_each_message(f.id, note), name_ + " lists " + f.listed.mailbox.wire());
    for (const auto which : with_body) {
      std::string octets;
      value(from.body(f.id, which, collector(octets)),
            name_ + " reads " + f.listed.mailbox.wire() + ' ' + std::to_string(which.value));
      out.insert(token_of(octets));
    }
  }
  return out;
}

// Between a new UIDVALIDITY, or a revision, and the next sync that comes to its end, the cache has the message where
// what has lost its UID is kept: from there its body is adopted, or it stays beside the one that came in its place.
std::set<std::string> client::buried(cache::reader& from) const {
  std::set<std::string> out;
  for (const auto row : tombstones_with_body(config.cache)) {
    std::string octets;
    value(from.expunged_body(row, collector(octets)), name_ + " reads the tombstone " + std::to_string(row));
    out.insert(token_of(octets));
  }
  return out;
}

void client::promise() {
  const auto now = held();
  for (const auto& [folder, messages] : now) {
    for (const auto& [uid, message] : messages) {
      // What stands in for a message has no Subject.
      if (const auto token = token_of(message.octets); !token.empty()) promised_.insert(token);
    }
  }
}

}  // namespace outmap::simulation
