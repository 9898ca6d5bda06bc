// The IMAP side of AUTHENTICATE with a mechanism whose every octet is known: the document's, and made-up ones.
#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <memory>
#include <random>

#include "auth/base64.hpp"
#include "auth/ntlm_client.hpp"
#include "session/session.hpp"
#include "support/scripted_transport.hpp"
#include "unit/auth/octets.hpp"
#include "unit/auth/oximap4_example.hpp"
#include "unit/profile/recorded_events.hpp"

using namespace outmap;
using auth_test::fixed_random;
using auth_test::from_hex;
using auth_test::to_hex;
using profile::state;

namespace {

// Gives out its responses in turn and keeps what it was given; an absent response is an error of its own.
class made_up_module final : public auth::sasl_mechanism {
 public:
  std::vector<std::optional<std::string>> responses;
  std::vector<std::string> challenges;

  [[nodiscard]] std::string_view name() const override { return "NTLM"; }
  result<std::string> step(std::string_view challenge) override {
    challenges.emplace_back(challenge);
    const auto round = challenges.size() - 1;
    if (round >= responses.size() || !responses[round]) return fail(errc::mechanism_failed, "made up");
    return *responses[round];
  }
  [[nodiscard]] bool complete() const override { return challenges.size() == responses.size(); }
};

// Base64 to the module and back, and the state of the connection each time.
class module_responder final : public session::responder {
 public:
  module_responder(auth::sasl_mechanism& module, session::session& on) : module_(module), on_(on) {}

  std::vector<state> states;

  std::optional<std::string> on_continuation(std::string_view text) override {
    states.push_back(on_.talk().state());
    const auto challenge = auth::decode_base64(text);
    if (!challenge) return "*";
    const auto response = module_.step(*challenge);
    return response ? auth::encode_base64(*response) : "*";
  }

 private:
  auth::sasl_mechanism& module_;
  session::session& on_;
};

struct exchange_seen {
  result<wire::status_response> status = fail(errc::internal);
  std::vector<state> states;  ///< before AUTHENTICATE, at each continuation request, at the end
};

// AUTHENTICATE with `module` against what the server says and expects.
exchange_seen authenticate(auth::sasl_mechanism& module, const std::string& script, std::size_t chunk = 65536) {
  test::play_options how;
  how.chunk = chunk;
  auto over = std::make_unique<test::scripted_transport>(
      test::read_transcript("S: * OK ready\nC: {a} CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=NTLM\nS: {a} OK done\n" +
                            script),
      how);
  auto* seam = over.get();
  asio::io_context loop{1};
  session::session on(std::move(over), limits{}, test::counting_random(), nullptr);
  module_responder answers(module, on);
  exchange_seen out;
  const auto run = [&]() -> asio::awaitable<void> {
    CHECK(co_await on.greeting());
    CHECK(co_await on.ask_capabilities());
    out.states.push_back(on.talk().state());
    const profile::command command = profile::authenticate_command{std::string(module.name())};
    out.status = co_await on.execute(command, &answers);
  };
  asio::co_spawn(loop, run(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  CHECK(seam->mismatch() == "");
  CHECK(seam->played_to_end());
  for (const auto s : answers.states) out.states.push_back(s);
  out.states.push_back(on.talk().state());
  return out;
}

std::string arbitrary(std::size_t size, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i < 256 ? i : generator());
  return out;
}

auth::ntlm_client client_of(const oximap4::example& example) {
  auth::credentials who;
  who.user = "user";
  who.password = secret(example.password);
  who.workstation = "NF-CLIENT";
  who.random = fixed_random(from_hex(example.client_challenge));
  return {ntlm_version::v1_extended_session, who, limits{}.challenge};
}

std::string lines_of(const oximap4::example& example) {
  return "C: {b} AUTHENTICATE NTLM\nS: + \nC: " + auth::encode_base64(oximap4::negotiate()) + "\nS: + " +
         auth::encode_base64(oximap4::challenge(example)) +
         "\nC: " + auth::encode_base64(oximap4::authenticate(example)) + "\n";
}

}  // namespace

TEST_CASE("NTLM-1.3-02 NTLM-1.3-03 NTLM-3.1.1.2-03 a module of any number of rounds and any octets is served alike") {
  for (const std::size_t rounds : {1, 2, 3, 5}) {
    for (const std::size_t size : {0, 1, 2, 256, 5000}) {
      CAPTURE(rounds);
      CAPTURE(size);
      made_up_module module;
      std::vector<std::string> challenges;
      std::string script = "C: {b} AUTHENTICATE NTLM\n";
      for (std::size_t i = 0; i < rounds; ++i) {
        challenges.push_back(i == 0 ? std::string() : arbitrary(size, static_cast<std::uint32_t>(i)));
        module.responses.push_back(arbitrary(size + 1, static_cast<std::uint32_t>(100 + i)));
        script += "S: + " + auth::encode_base64(challenges.back()) +
                  "\nC: " + auth::encode_base64(*module.responses.back()) + "\n";
      }
      const auto seen = authenticate(module, script + "S: {b} OK done\n", size == 256 ? 1 : 65536);
      CHECK(seen.status);
      CHECK(module.complete());
      REQUIRE(module.challenges.size() == rounds);
      for (std::size_t i = 0; i < rounds; ++i) CHECK(to_hex(module.challenges[i]) == to_hex(challenges[i]));
    }
  }
}

TEST_CASE("NTLM-4.1-01 NTLM-3.1.5-01 NTLM-3.1.5.3-01 NTLM-3.1.5.3.2-01 NTLM-3.1.5.4-01 accepted, octet for octet") {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{65536}}) {
    auto module = client_of(oximap4::accepted);
    const auto seen = authenticate(module, lines_of(oximap4::accepted) + "S: {b} OK AUTHENTICATE completed.\n", chunk);
    REQUIRE(seen.status);
    CHECK(seen.status->text == "AUTHENTICATE completed.");
    CHECK(module.complete());
  }
}

TEST_CASE("NTLM-4.2-01 NTLM-3.1.1.2-05 NTLM-3.1.5.5-01 rejected, octet for octet") {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{65536}}) {
    auto module = client_of(oximap4::rejected);
    const auto seen = authenticate(module, lines_of(oximap4::rejected) + "S: {b} NO AUTHENTICATE failed.\n", chunk);
    REQUIRE_FALSE(seen.status);
    CHECK(seen.status.error().code == errc::command_refused);
    CHECK(seen.status.error().server_text == "AUTHENTICATE failed.");
  }
}

TEST_CASE("NTLM-3.1.1.1-01 NTLM-3.1.1.1-03 NTLM-3.1.1.1-05 NTLM-3.1.1.2-04 the states, from start to completed") {
  const std::vector<state> waiting(3, state::not_authenticated);  // start, sent, inside
  auto accepted = client_of(oximap4::accepted);
  auto states = authenticate(accepted, lines_of(oximap4::accepted) + "S: {b} OK done\n").states;
  auto expected = waiting;
  expected.push_back(state::authenticated);
  CHECK(states == expected);

  for (const std::string word : {"NO", "BAD"}) {
    auto rejected = client_of(oximap4::rejected);
    states = authenticate(rejected, lines_of(oximap4::rejected) + "S: {b} " + word + " failed\n").states;
    expected.back() = state::not_authenticated;
    CHECK(states == expected);
  }
  // Refused at once: the exchange is never entered.
  auto unused = client_of(oximap4::accepted);
  CHECK(authenticate(unused, "C: {b} AUTHENTICATE NTLM\nS: {b} BAD no NTLM\n").states ==
        std::vector<state>(2, state::not_authenticated));
}

TEST_CASE("NTLM-3.1.1.1-04 NTLM-3.1.1.2-06 NTLM-2.2.1-12 a module's error in any round is a cancellation") {
  for (const std::size_t good : {0, 1, 4}) {
    for (const std::string word : {"NO", "BAD"}) {
      made_up_module module;
      std::string script = "C: {b} AUTHENTICATE NTLM\n";
      for (std::size_t i = 0; i < good; ++i) {
        module.responses.emplace_back("response");
        script += "S: + \nC: cmVzcG9uc2U=\n";
      }
      module.responses.emplace_back(std::nullopt);
      const auto seen = authenticate(module, script + "S: + \nC: *\nS: {b} " + word + " cancelled\n");
      CHECK_FALSE(seen.status);
      CHECK(seen.states.back() == state::not_authenticated);
    }
  }
}

TEST_CASE("NTLM-2.2.1-03 AUTHENTICATE goes out alone: no initial response, and nothing behind it before it ends") {
  profile::conversation talk{limits{}, test::counting_random(), nullptr};
  test::recorded_events events;
  REQUIRE(talk.receive(std::string_view("* OK ready\r\n"), events));
  REQUIRE(talk.submit(profile::authenticate_command{"NTLM"}));
  const auto line = talk.take_output();
  CHECK(line.substr(4) == " AUTHENTICATE NTLM\r\n");
  REQUIRE(talk.submit(profile::capability_command{}));
  CHECK_FALSE(talk.has_output());
  REQUIRE(talk.receive(std::string_view("+ \r\n"), events));
  CHECK_FALSE(talk.has_output());
  talk.answer("TlRMTVNTUAA=");
  CHECK(talk.take_output() == "TlRMTVNTUAA=\r\n");
  REQUIRE(talk.receive(line.substr(0, 4) + " NO refused\r\n", events));
  CHECK(talk.take_output().substr(4) == " CAPABILITY\r\n");
}

TEST_CASE("NTLM-PB4 IDLE runs until DONE and STARTTLS begins TLS, as RFC 2177 and RFC 2595 have them") {
  profile::conversation talk{limits{}, test::counting_random(), nullptr};
  test::recorded_events events;
  REQUIRE(talk.receive(std::string_view("* PREAUTH ready\r\n"), events));
  REQUIRE(talk.submit(profile::idle_command{}));
  const auto line = talk.take_output();
  CHECK(line.substr(4) == " IDLE\r\n");
  REQUIRE(talk.receive(std::string_view("+ idling\r\n* 4 EXISTS\r\n"), events));
  CHECK(events.lines.back() == "exists for 0");
  talk.done();
  CHECK(talk.take_output() == "DONE\r\n");
  REQUIRE(talk.receive(line.substr(0, 4) + " OK done\r\n", events));
  CHECK(talk.running() == 0);

  profile::conversation fresh{limits{}, test::counting_random(), nullptr};
  REQUIRE(fresh.receive(std::string_view("* OK ready\r\n"), events));
  REQUIRE(fresh.submit(profile::starttls_command{}));
  const auto upgrade = fresh.take_output();
  CHECK(upgrade.substr(4) == " STARTTLS\r\n");
  REQUIRE(fresh.receive(upgrade.substr(0, 4) + " OK begin\r\n", events));
  fresh.tls_started();
  CHECK(fresh.known().names().empty());
}
