#include "interop/restore_trial.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "interop/held_mail.hpp"
#include "interop/sample_messages.hpp"
#include "outmap/backup.hpp"
#include "outmap/restore.hpp"
#include "support/cutting_proxy.hpp"
#include "support/temp_dir.hpp"

namespace outmap::interop {
namespace {

using namespace test;

constexpr std::size_t most_messages = 60;
constexpr unsigned cuts = 10;

held_mail held_by(const plain_server& where) {
  raw_imap imap(where);
  imap.login();
  return interop::held_by(imap);
}

std::size_t fill(const plain_server& where) {
  const std::vector<std::string> folders = {"INBOX", "Archive", "Entw&APw-rfe"};
  const std::vector<std::string> flags = {"",          "\\Seen",         "\\Seen \\Answered",
                                          "\\Flagged", "\\Draft \\Seen", "\\Deleted"};
  std::vector<std::vector<outgoing_message>> per_folder(folders.size());
  std::size_t at = 0;
  for (const auto& m : sample_messages(most_messages * 3, 7)) {
    if (!keeps_its_octets(m.octets) || at >= most_messages) continue;
    const auto date = std::to_string(10 + at % 18) + "-Jan-2024 10:" + std::to_string(10 + at % 50) + ":00 +0100";
    per_folder[at % folders.size()].push_back({m.octets, flags[at % flags.size()], date});
    ++at;
  }
  raw_imap imap(where);
  imap.login();
  imap.create(folders.back());
  for (std::size_t i = 0; i < folders.size(); ++i) imap.append_all(folders[i], per_folder[i]);
  return at;
}

void empty(const plain_server& where) {
  raw_imap imap(where);
  imap.login();
  for (const auto& [name, mailbox] : imap.snapshot_all()) {
    if (name != "INBOX") imap.expect_ok("DELETE " + name);
  }
  imap.expect_ok("SELECT INBOX");
  imap.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
  imap.expect_ok("EXPUNGE");
}

/// Cuts the link again each time it was opened anew, until it did so `cuts` times.
struct cutter final : observer {
  changing_server& server;
  cutting_proxy& link;
  unsigned done = 0;
  std::mt19937 random{11};

  cutter(changing_server& s, cutting_proxy& l) : server(s), link(l) { arm(); }
  void arm() { link.cut_next_after(2'000 + random() % 20'000, cutting_proxy::never); }
  void on_warning(const error&) noexcept override {
    // What was under way comes to its end, as account_config::second_look would have it.
    server.come_to_rest();
    if (++done < cuts) arm();
  }
};

}  // namespace

void try_restore(changing_server& server, const plain_server& where) {
  server.begin_anew();
  const auto total = fill(where);
  const auto before = held_by(where);
  REQUIRE(size_of(before) == total);
  const temp_dir dir;
  auto config = server.config();
  config.port = server.port();
  config.cache = dir / "cache";
  {
    account a(config);
    const auto backed_up = a.backup({});
    REQUIRE_MESSAGE(backed_up, backed_up.error().message());
    CHECK_FALSE(backed_up->sync.failure);
    CHECK(backed_up->run.held_messages == total);
    CHECK(backed_up->seal.size() == 64);
  }
  CHECK((held_by(where) == before));
  server.come_to_rest();
  empty(where);
  REQUIRE(size_of(held_by(where)) == 0);

  cutting_proxy link(server.port());
  config.port = link.port();
  config.second_look = std::chrono::milliseconds(0);
  cutter broken(server, link);
  std::uint64_t appended = 0;
  for (unsigned runs = 0; runs < 2 * cuts; ++runs) {
    account a(config, &broken);
    const auto report = a.restore({});
    server.come_to_rest();
    CHECK(none_twice(held_by(where), before));
    if (!report) {
      if (broken.done < cuts) broken.arm();
      ++broken.done;
      continue;
    }
    appended += report->appended;
    if (!report->failure) break;
  }
  CHECK(broken.done >= cuts);
  CHECK(appended <= total);
  CHECK((held_by(where) == before));

  restore_options rehearsal;
  rehearsal.rehearse = true;
  for (const auto& how : {restore_options(), rehearsal}) {
    account a(config);
    const auto again = a.restore(how);
    REQUIRE_MESSAGE(again, again.error().message());
    CHECK_FALSE(again->failure);
    CHECK(again->appended == (how.rehearse ? total : 0));
    CHECK(again->compared == (how.rehearse ? total : 0));
    CHECK(again->mismatches == 0);
    CHECK((held_by(where) == before));
  }
  MESSAGE(total << " messages, the link cut " << broken.done << " times");
}

}  // namespace outmap::interop
