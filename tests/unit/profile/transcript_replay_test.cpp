// Whole conversations, fed in one piece, cut into two at every octet, and octet by octet: what the driver is told must
// not depend on it.
#include <doctest/doctest.h>

#include "recorded_events.hpp"

using namespace outmap;
using namespace outmap::profile;

namespace {

struct exchange {
  command sent;
  std::string answer;  // "%" stands for the tag
};

const std::vector<exchange>& script() {
  static const std::vector<exchange> steps = {
      {capability_command{}, "* CAPABILITY IMAP4rev1 AUTH=NTLM IDLE\r\n% OK done\r\n"},
      {login_command{"anna", secret("pw")}, "% OK [CAPABILITY IMAP4rev1 X] in\r\n"},
      {list_command{"*"},
       "* LIST (\\Marked) \"/\" {3}\r\na\\b\r\n* LIST (\\Noselect) \"/\" \"Entw&APw-rfe\"\r\n* LIST () NIL INBOX\r\n% "
       "OK\r\n"},
      {select_command{mailbox_name("INBOX")},
       "* FLAGS (\\Seen $MDNSent)\r\n* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 77] ok\r\n* OK [PERMANENTFLAGS "
       "(\\*)] x {5}\r\n% OK [READ-WRITE] open\r\n"},
      {uid_fetch_command{{"1:*"}, fetch_form::uid_flags},
       "* 1 FETCH (UID 4 FLAGS (\\Seen))\r\n* 5 EXISTS\r\n* 2 FETCH (FLAGS () UID 9)\r\n% OK\r\n"},
      {uid_fetch_command{{"4,9"}, fetch_form::body_full},
       "* 1 FETCH (UID 4 FLAGS (\\Seen) BODY[] {11}\r\na\r\n\r\n\r\nb)\r\n)\r\n* 2 FETCH (BODY[] {0}\r\n UID 9 FLAGS "
       "())\r\n* 2 FETCH (UID 9 BODY[] NIL)\r\n"
       "* 1 EXPUNGE\r\n* gibberish ((\r\n% NO [SERVERBUG] some \"quote\r\n"},
      {logout_command{}, "* BYE so long\r\n% OK\r\n"},
  };
  return steps;
}

// The server's octets of each step with the tags the client really used.
std::vector<std::string> feed(conversation& talk, test::recorded_events& seen,
                              const std::function<void(std::string_view)>& deliver) {
  std::vector<std::string> said;
  deliver("* OK Exchange ready\r\n");
  talk.set_capabilities(capabilities({"IMAP4REV1"}));
  for (const auto& step : script()) {
    auto id = talk.submit(step.sent);
    REQUIRE_MESSAGE(id, id.error().message());
    const auto tag = talk.take_output().substr(0, 4);
    auto answer = step.answer;
    for (auto at = answer.find('%'); at != std::string::npos; at = answer.find('%', at + 4)) answer.replace(at, 1, tag);
    said.push_back(answer);
    deliver(answer);
  }
  static_cast<void>(seen);
  return said;
}

std::vector<std::string> events_when(
    const std::function<void(conversation&, test::recorded_events&, std::string_view)>& how) {
  conversation talk{limits{}, test::counting_random(), nullptr};
  test::recorded_events seen;
  feed(talk, seen, [&](std::string_view text) { how(talk, seen, text); });
  return seen.lines;
}

}  // namespace

TEST_CASE("a transcript gives the same events whole, octet by octet and split at every octet") {
  const auto whole =
      events_when([](auto& talk, auto& seen, std::string_view text) { REQUIRE(talk.receive(text, seen)); });
  CHECK(whole.size() > 20);
  CHECK(whole.back() == "complete 7 OK");

  const auto octets = events_when([](auto& talk, auto& seen, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) REQUIRE(talk.receive(text.substr(i, 1), seen));
  });
  CHECK(octets == whole);

  std::size_t longest = 0;
  for (const auto& step : script()) longest = std::max(longest, step.answer.size() + 8);
  for (std::size_t at = 1; at < longest; ++at) {
    const auto split = events_when([at](auto& talk, auto& seen, std::string_view text) {
      REQUIRE(talk.receive(text.substr(0, at), seen));
      if (at < text.size()) REQUIRE(talk.receive(text.substr(at), seen));
    });
    REQUIRE(split == whole);
  }
}

TEST_CASE("OIMAP-V0065 XIMAP-V0052 a CAPABILITY response code changes nothing") {
  conversation talk{limits{}, test::counting_random(), nullptr};
  test::recorded_events seen;
  feed(talk, seen, [&](std::string_view text) { REQUIRE(talk.receive(text, seen)); });
  CHECK(talk.known().names() == std::vector<std::string>{"IMAP4REV1"});
}
