// The link to the server breaks at every octet of a change on its way, in either direction. OUTMAP_FAULT_STEP: at every
// so manyth octet only (default 11; 1 takes some minutes on a slow disk).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "double/outbox_fixture.hpp"
#include "support/mail_text.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

std::uint64_t step() {
  const char* const asked = std::getenv("OUTMAP_FAULT_STEP");
  return asked != nullptr ? std::max<std::uint64_t>(1, std::strtoull(asked, nullptr, 10)) : 11;
}

struct broken_link : outbox_fixture {
  std::uint64_t points = 0;
  std::uint64_t looked = 0;  // found on the server after the answer was lost

  void prepare(exchange::personality behaves = exchange::personality::generic()) {
    options.behaves = std::move(behaves);
    begin();
    mail().create("Archive");
    for (const char* const name : {"one", "two", "three"}) mail().add("INBOX", mail_text(name), {}, {1700000000, 0});
    // Another message that is alike, from before.
    mail().add("Archive", mail_text("one"), {}, {1700000000, 0});
    const auto first = a.sync();
    REQUIRE_MESSAGE(first, first.error().message());
  }

  // What is sent when nothing breaks.
  cutting_proxy::passed undisturbed(const std::function<void()>& record) {
    record();
    REQUIRE(a.send());
    const auto passed = link->last();
    forget();
    return passed;
  }

  void forget() {
    settle_server();
    for (const auto& c : a.queue()) REQUIRE(a.box()->drop(c.id));
    const auto archived = mail().messages("Archive");
    for (std::size_t i = 1; i < archived.size(); ++i) mail().expunge("Archive", archived[i].uid);
    for (const auto& m : mail().messages("INBOX")) mail().set_flags("INBOX", m.uid, {});
  }

  // Breaks once there, then lets it through as often as it takes.
  void play(const std::function<void()>& record, const std::vector<std::string>& expected, std::uint64_t of_client,
            std::uint64_t of_server) {
    CAPTURE(of_client);
    CAPTURE(of_server);
    record();
    a.watch.came.clear();
    link->cut_next_after(of_client, of_server);
    const auto broken = a.send();
    link->last();
    settle_server();
    const auto queue = a.queue();
    REQUIRE(queue.size() == 1);
    if (queue.front().state != change_state::done) {
      const auto repaired = a.send();
      REQUIRE_MESSAGE(repaired, repaired.error().message());
      if (repaired->failure) FAIL_CHECK(repaired->failure->message());
      looked += repaired->already_there;
    }
    REQUIRE(a.queue().size() == 1);
    CHECK(a.queue().front().state == change_state::done);
    CHECK(texts("Archive") == expected);
    ++points;
    forget();
  }

  void play_all(const std::function<void()>& record, std::vector<std::string> expected) {
    expected.push_back(mail_text("one"));
    std::sort(expected.begin(), expected.end());
    const auto whole = undisturbed(record);
    REQUIRE(whole.of_client > 150);
    for (std::uint64_t at = 1; at <= whole.of_client; at += step()) play(record, expected, at, cutting_proxy::never);
    for (std::uint64_t at = 1; at <= whole.of_server; at += step()) play(record, expected, cutting_proxy::never, at);
    // The answers that were lost behind what the server had done.
    CHECK(looked > 0);
    MESSAGE(points << " points, " << looked << " found on the server");
  }
};

}  // namespace

TEST_CASE_FIXTURE(broken_link, "OIMAP-V0046 an APPEND that is cut off at any octet arrives once") {
  prepare();
  play_all([this] { a.append("Archive", mail_text("new")); }, {mail_text("new")});
}

TEST_CASE_FIXTURE(broken_link, "an APPEND of what is there already is another message, wherever it is cut off") {
  prepare();
  play_all([this] { a.append("Archive", mail_text("one")); }, {mail_text("one")});
}

TEST_CASE_FIXTURE(broken_link, "OIMAP-V0057 a COPY that is cut off at any octet arrives once") {
  prepare();
  play_all(
      [this] {
        a.record(a.about(change_kind::copy, "INBOX", {1, 3}, "Archive"));
      },
      {mail_text("one"), mail_text("three")});
}

TEST_CASE_FIXTURE(broken_link, "a move that is cut off at any octet arrives once, and its original is deleted") {
  prepare();
  play_all(
      [this] {
        for (const auto& m : mail().messages("INBOX")) CHECK(m.flags.to_string().empty());
        a.record(a.about(change_kind::move, "INBOX", {2}, "Archive"));
      },
      {mail_text("two")});
}

TEST_CASE_FIXTURE(broken_link,
                  "what may have been sent is not sent again while the server tells nothing of its last message") {
  prepare();
  const auto whole = undisturbed([this] { a.append("Archive", mail_text("new")); });
  bool in_doubt = false;
  for (auto at = whole.of_server - 1; at > 0 && !in_doubt; at -= 5) {
    a.append("Archive", mail_text("new"));
    link->cut_next_after(cutting_proxy::never, at);
    static_cast<void>(a.send());
    link->last();
    settle_server();
    in_doubt = a.queue().front().state == change_state::in_doubt && texts("Archive").size() == 2;
    if (!in_doubt) forget();
  }
  REQUIRE(in_doubt);
  for (const auto quirk : {exchange::field_quirk::fetch_no_data, exchange::field_quirk::listing_no_data}) {
    server->quirks().on({.which = quirk});
    REQUIRE(a.send());
    server->quirks().off();
    REQUIRE(a.queue().size() == 1);
    CHECK(a.queue().front().state == change_state::in_doubt);
    CHECK(texts("Archive").size() == 2);
  }
  const auto told = a.send();
  REQUIRE(told);
  CHECK(told->already_there == 1);
  CHECK(texts("Archive").size() == 2);
}
