// After a new UIDVALIDITY what is known is taken over, and only where it is known to be the same.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "double_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct sample {
  std::string octets;
  internal_date date;
};

// Few Message-IDs, dates and texts, so that many messages look alike in some ways.
sample random_sample(std::mt19937& random) {
  const auto id = random() % 6;
  const auto subject = random() % 3;
  const auto text = random() % 4;
  sample out;
  out.octets =
      "Message-ID: <" + std::to_string(id) + "@example.org>\r\nSubject: " + std::to_string(subject) + "\r\n\r\n";
  // A text of another content has another size: nothing else tells a message whose header and date are the same.
  out.octets += std::string(1 + text * 10, static_cast<char>('a' + text)) + "\r\n";
  out.date = {1700000000 + static_cast<std::int64_t>(random() % 3) * 3600, 0};
  return out;
}

// Anything but the octets of a message of its own under each UID would be wrong adoption.
void one_history(unsigned seed) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  double_fixture f;
  f.config.deletions = deletion_limit::none();
  f.mail();
  const auto deliver = [&] {
    const auto m = random_sample(random);
    f.mail().add("INBOX", m.octets, flag_set(static_cast<std::uint8_t>(random() % 32)), m.date);
  };
  for (auto n = 5 + random() % 15; n > 0; --n) deliver();
  for (int round = 0; round < 3; ++round) {
    f.run_well();
    f.check_equal("INBOX");
    for (auto n = random() % 6; n > 0; --n) {
      const auto all = f.mail().messages("INBOX");
      if (all.empty()) break;
      const auto uid = all[random() % all.size()].uid;
      switch (random() % 4) {
        case 0: f.mail().expunge("INBOX", uid); break;
        case 1: f.mail().revise("INBOX", uid, random_sample(random).octets); break;
        case 2: f.mail().revise("INBOX", uid); break;
        default: deliver();
      }
    }
    if (random() % 2 == 0) f.mail().change_uid_validity("INBOX");
    if (random() % 2 == 0) deliver();
  }
  f.run_well();
  f.check_equal("INBOX");
}

}  // namespace

TEST_CASE("OIMAP-V0003 XIMAP-2.1.2 whatever happens, under each UID stand the octets of that message") {
  for (unsigned seed = 1; seed <= 60; ++seed) one_history(seed);
}

TEST_CASE_FIXTURE(double_fixture, "OIMAP-V0003 messages that cannot be told apart are fetched, not adopted") {
  const std::string head = "Message-ID: <1@example.org>\r\nSubject: twice\r\n\r\n";
  mail().add("INBOX", head + "one\r\n", {}, {1700000000, 0});
  mail().add("INBOX", head + "two\r\n", {}, {1700000000, 0});
  // Another size tells it apart, another date, too.
  mail().add("INBOX", head + "three\r\n", {}, {1700000000, 0});
  mail().add("INBOX", head + "four\r\n", {}, {1700003600, 0});
  run_well();
  // They come back in another order.
  auto all = mail().messages("INBOX");
  for (const auto& m : all) mail().expunge("INBOX", m.uid);
  for (auto m = all.rbegin(); m != all.rend(); ++m) mail().add("INBOX", *m->octets, {}, m->date);
  mail().change_uid_validity("INBOX");
  server->log().reset();
  const auto report = run_well();
  CHECK(report.folders.at(0).uid_validity_changed);
  check_equal("INBOX");
  // "one" and "two" are of one size.
  CHECK(report.folders.at(0).adopted == 2);
  CHECK(server->log().totals().bodies == 2);
}

TEST_CASE_FIXTURE(double_fixture, "XIMAP-2.1.2 a revised message has a new UID, and its new octets are fetched") {
  for (unsigned i = 1; i <= 5; ++i) mail().add("INBOX", text_of_size(500, i), {}, {1700000000 + i, 0});
  run_well();
  server->log().reset();
  const auto octets = *mail().find_message("INBOX", 3)->octets;
  // The header stays, the text is another one of the same size.
  auto revised = octets;
  revised[revised.size() - 5] = revised[revised.size() - 5] == 'x' ? 'y' : 'x';
  const auto now = mail().revise("INBOX", 3, revised);
  run_well();
  check_equal("INBOX");
  CHECK(held("INBOX").at(now).second == revised);
  CHECK(server->log().totals().bodies == 1);
}
