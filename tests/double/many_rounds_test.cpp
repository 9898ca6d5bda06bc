// Many syncs of a folder of several pages (cache::listed_page) that others change in between.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "double_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct rounds_fixture : double_fixture {
  std::mt19937 random{17};

  void fill(unsigned count) {
    for (unsigned i = 1; i <= count; ++i) mail().add("INBOX", text_of_size(120, i));
  }
  std::uint32_t any_uid() {
    const auto all = mail().messages("INBOX");
    return all[random() % all.size()].uid;
  }
};

}  // namespace

TEST_CASE_FIXTURE(rounds_fixture,
                  "after every round of changes the cache is as the server, whatever was known of its pages") {
  fill(2600);
  run_well();
  run_well();
  for (unsigned round = 0; round < 14; ++round) {
    CAPTURE(round);
    for (unsigned i = 0; i < round % 5; ++i) {
      switch (random() % 4) {
        case 0: mail().add("INBOX", text_of_size(120, 10'000 + round * 10 + i)); break;
        case 1: mail().expunge("INBOX", any_uid()); break;
        // Flags go to and fro between few values, so that pages come back to what they once were.
        default: mail().set_flags("INBOX", any_uid() % 3 == 0 ? 1 : any_uid(), flag_set(random() % 2)); break;
      }
    }
    run_well();
    check_equal("INBOX");
  }
}

TEST_CASE_FIXTURE(rounds_fixture,
                  "flags that change between listing and fetch, and back before the next run, are not missed") {
  fill(1500);
  run_well();
  run_well();
  mail().add("INBOX", text_of_size(120, 9001));
  exchange::hooks meanwhile;
  meanwhile.on_command = [this](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name == "UID FETCH" && c.line.find("BODY.PEEK[]") != std::string::npos)
      server->store().set_flags("INBOX", 1501, flag_set(8));
    return std::nullopt;
  };
  server->set_hooks(meanwhile);
  run_well();
  server->set_hooks({});
  mail().set_flags("INBOX", 1501, flag_set(0));
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(rounds_fixture,
                  "a run that is cut off between flags and bodies does not leave a page known that is not") {
  fill(1400);
  run_well();
  run_well();
  for (unsigned i = 0; i < 6; ++i) {
    CAPTURE(i);
    mail().add("INBOX", text_of_size(120, 500 + i));
    mail().set_flags("INBOX", 3 + i, flag_set(1));
    exchange::hooks cut;
    cut.on_command = [i](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name != "UID FETCH" || c.mailbox != "INBOX") return std::nullopt;
      exchange::action end;
      end.close_after = 20'000 + i * 9'000;
      return end;
    };
    server->set_hooks(cut);
    run();
    server->set_hooks({});
    // Back to what it was when the pages were known.
    mail().set_flags("INBOX", 3 + i, flag_set(0));
    run_well();
    check_equal("INBOX");
  }
}
