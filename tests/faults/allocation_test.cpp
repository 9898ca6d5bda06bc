// The n-th allocation of a client fails. OUTMAP_ALLOCATION_STEP: every so manyth (default: some 40 of each work; 1:
// all), from OUTMAP_ALLOCATION_FROM on; OUTMAP_ALLOCATION_ONLY: only works whose name holds this.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "faults/account_under_test.hpp"
#include "faults/asked.hpp"
#include "faults/failing_allocations.hpp"
#include "faults/tally.hpp"
#include "outmap/account.hpp"
#include "outmap/export.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"

using namespace outmap;
using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

tally faults("the n-th allocation of the library or of SQLite fails, in each of eleven works",
             "OUTMAP_ALLOCATION_STEP=1 build/tests/faults/test_allocations");

std::string mail_text(const std::string& name, std::size_t size = 0) {
  std::string out = "Message-ID: <" + name + "@example.com>\r\nSubject: " + name + "\r\n\r\nbody of " + name + "\r\n";
  while (out.size() < size) out += std::string(70, 'x') + "\r\n";
  return out;
}

using settings = account_under_test::settings;

/// `run` gives what it failed with.
struct client_work {
  std::string name;
  settings how = {};
  bool has_cache = true;
  std::function<void(account_under_test&)> change = {};
  std::function<std::optional<error>(const account_config&)> run = {};
  std::function<void(account_config&)> configure = {};
};

std::optional<error> failure_of(const result<sync_report>& got) {
  if (!got) return got.error();
  return got->failure ? got->failure : got->outbox.failure;
}

std::optional<error> sync(const account_config& config) {
  account with(config);
  return failure_of(with.sync());
}

template <class T>
std::optional<error> error_of(const result<T>& got) {
  return got ? std::nullopt : std::optional(got.error());
}

settings small(const std::string& personality = "generic", const std::string& scheme = "imap+plain") {
  settings out;
  out.personality = personality;
  out.url_scheme = scheme;
  out.mail = [](exchange::mailbox_store& s) {
    s.create("Work");
    s.add("INBOX", mail_text("one"), {}, {1700000000, 0});
    s.add("INBOX", mail_text("two", 9000), {}, {1700000100, 0});
    s.add("Work", mail_text("three"), {}, {1700000200, 0});
  };
  return out;
}

void deliver(account_under_test& a) {
  a.mail().add("INBOX", mail_text("new"), {}, {1700001000, 0});
  a.mail().expunge("Work", 1);
  a.mail().set_flags("INBOX", 1, flag_set(static_cast<std::uint8_t>(system_flag::seen)));
}

std::optional<error> record(const account_config& config) {
  auto box = outbox::open(config.cache);
  if (!box) return box.error();
  uid_set one, two;
  one.add(uid{1});
  two.add(uid{2});
  const mailbox_name inbox("INBOX"), work("Work");
  if (auto e = error_of(box->mark(inbox, one, {static_cast<std::uint8_t>(system_flag::flagged), 0}))) return e;
  if (auto e = error_of(box->move(inbox, two, work))) return e;
  return error_of(box->append(work, mail_text("draft"), {}, internal_date{1700000000, 0}));
}

std::optional<error> read_all(const account_config& config) {
  auto view = store::open(config.cache);
  if (!view) return view.error();
  const auto folders = view->folders();
  if (!folders) return folders.error();
  for (const auto& f : *folders) {
    std::optional<error> inner;
    const auto got = view->messages(f.mailbox, [&](const stored_message& m) {
      if (auto e = error_of(view->header(f.mailbox, m.uid))) inner = e;
      if (auto e = error_of(view->body(f.mailbox, m.uid, [](std::string_view) { return true; }))) inner = e;
      return !inner;
    });
    if (inner) return inner;
    if (!got) return got.error();
  }
  return std::nullopt;
}

std::vector<client_work> all_works() {
  std::vector<client_work> out;
  const auto add = [&](client_work w) {
    if (!w.run) w.run = sync;
    out.push_back(std::move(w));
  };
  add({"first sync", small(), false});
  add({"first sync, NTLM over TLS", small("2010", "imaps"), false});
  add({"first sync, STARTTLS", small("2010SP2", "imap"), false});
  auto large = small();
  large.mail = [](exchange::mailbox_store& s) { s.add("INBOX", mail_text("large", 1'500'000), {}, {1700000000, 0}); };
  add({"first sync, a large message", large, false});
  add({"delta", small(), true, deliver});
  add({"new UIDVALIDITY", small(), true, [](account_under_test& a) {
         deliver(a);
         a.mail().change_uid_validity("INBOX");
       }});
  add({"outbox", small(), true, [](account_under_test& a) {
         if (const auto e = record(a.config())) throw std::runtime_error(e->message());
       }});
  add({"bodies on demand",
       small(),
       true,
       {},
       [](const account_config& config) {
         account with(config);
         uid_set all;
         all.add({uid{1}, uid{9}});
         const auto got = with.fetch(mailbox_name("INBOX"), all);
         if (!got) return std::optional(got.error());
         // UIDs that are not there are told of.
         const bool incomplete = got->failure && got->failure->code != errc::incomplete;
         return incomplete ? got->failure : std::nullopt;
       },
       [](account_config& c) { c.bodies = body_mode::none; }});
  add({"recording", small(), true, {}, record});
  add({"reading", small(), true, {}, read_all});
  add({"export", small(), true, {}, [](const account_config& config) {
         export_options how;
         how.format = export_format::maildir;
         how.to = config.cache.parent_path() / "out";
         const std::atomic<bool> stop{false};
         return error_of(export_mail(config.cache, how, stop));
       }});
  return out;
}

class work_under_faults {
 public:
  explicit work_under_faults(client_work w) : work_(std::move(w)) {
    if (!work_.has_cache) return;
    account_under_test a(work_.how);
    auto config = config_of(a);
    if (const auto e = sync(config)) throw std::runtime_error(work_.name + ": " + e->message());
    home_ = std::make_unique<temp_dir>();
    fs::copy(a.dir().path(), home_->path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  std::uint64_t count() const {
    auto a = fresh();
    const auto config = config_of(a);
    const allocations_counted counting(UINT64_MAX);
    if (const auto e = work_.run(config)) throw std::runtime_error(work_.name + ": " + e->message());
    return counting.seen();
  }

  std::string fail(std::uint64_t at, bool& struck) const {
    auto a = fresh();
    const auto config = config_of(a);
    std::optional<error> got;
    bool thrown = false;
    {
      const allocations_counted counting(at);
      try {
        got = work_.run(config);
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      struck = counting.struck();
    }
    a.come_to_rest();
    if (!struck && got) return "without a fault: " + got->message();
    if (const auto wrong = a.unsound(); !wrong.empty()) return "right after: " + wrong;
    if (thrown) ++thrown_;
    return complete(a);
  }
  static std::uint64_t thrown() { return thrown_; }

 private:
  static inline std::uint64_t thrown_ = 0;

  account_config config_of(const account_under_test& a) const {
    auto out = a.config();
    if (work_.configure) work_.configure(out);
    return out;
  }
  account_under_test fresh() const {
    auto out = home_ ? account_under_test(work_.how, home_->path()) : account_under_test(work_.how);
    if (work_.change) work_.change(out);
    return out;
  }
  std::string complete(account_under_test& a) const {
    // Whatever the work was, a sync of everything shows whether all is well.
    const auto config = a.config();
    std::optional<error> left;
    constexpr int most_runs = 3;
    for (int i = 0; i < most_runs; ++i) {
      left = sync(config);
      if (!left) break;
    }
    if (left) return "the next run: " + left->message();
    if (const auto wrong = a.unsound(); !wrong.empty()) return wrong;
    std::string problem;
    const auto held = a.held(problem);
    if (!held) return problem;
    if (const auto wrong = difference(a.served(), *held); !wrong.empty()) return wrong;
    return a.queued(problem) == 0 ? problem : "changes are left in the outbox";
  }

  client_work work_;
  std::unique_ptr<temp_dir> home_;
};

std::string at_work;
std::uint64_t at_allocation = 0;

}  // namespace

TEST_CASE("whichever allocation fails, the library gives an error, the cache is sound and the next run completes it") {
  prefer_memory_for_files();
  std::set_terminate([] {
    std::fprintf(stderr, "terminated: %s, allocation %llu\n", at_work.c_str(),
                 static_cast<unsigned long long>(at_allocation));
    std::abort();
  });
  const char* const only = std::getenv("OUTMAP_ALLOCATION_ONLY");
  std::size_t number = 0;
  for (auto& w : all_works()) {
    ++number;
    if (only != nullptr && w.name.find(only) == std::string::npos) continue;
    at_work = w.name;
    const work_under_faults work(w);
    // What is allocated once and kept is not of interest.
    work.count();
    const auto count = work.count();
    constexpr std::uint64_t usual_points = 40;
    const auto step = std::max<std::uint64_t>(1, asked("OUTMAP_ALLOCATION_STEP", count / usual_points));
    for (at_allocation = asked("OUTMAP_ALLOCATION_FROM", 1 + number * 7 % step); at_allocation <= count;
         at_allocation += step) {
      bool struck = false;
      const auto wrong = work.fail(at_allocation, struck);
      if (!struck && wrong.empty()) continue;
      faults.point(wrong.empty() ? wrong : w.name + ", allocation " + std::to_string(at_allocation) + ": " + wrong);
    }
    if (step == 1) std::cout << w.name << ": " << count << " allocations\n" << std::flush;
  }
  if (work_under_faults::thrown() != 0) MESSAGE(work_under_faults::thrown() << " came out as std::bad_alloc");
}
