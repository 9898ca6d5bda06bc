// What an account asks its app: passwords, and certificates that cannot be verified.
#include "outmap/questions.hpp"

#include <doctest/doctest.h>

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "app_thread.hpp"
#include "double_fixture.hpp"
#include "outmap/background_account.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct asked : double_fixture {
  std::vector<std::string> offered;  // the last first
  std::vector<password_question> passwords;
  std::vector<certificate_question> certificates;
  bool trusts = true;
  secret right;

  asked() {
    mail().add("INBOX", text_of_size(300, 1));
    right = config.password;
  }
  questions how() {
    questions out;
    out.password = [this](const password_question& q) -> std::optional<secret> {
      passwords.push_back(q);
      if (offered.empty()) return std::nullopt;
      secret next(offered.back());
      offered.pop_back();
      return next;
    };
    out.certificate = [this](const certificate_question& q) {
      certificates.push_back(q);
      return trusts;
    };
    return out;
  }
  result<login_report> login() {
    account on(config, &watch);
    on.ask(how());
    return on.login();
  }
};

struct asked_later : asked {
  app_thread loop;
  std::optional<result<login_report>> ended;
  void login(background_account& on) {
    on.login([this](result<login_report> got) { ended = std::move(got); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(asked, "a password that is missing is asked for, once") {
  config.password = secret();
  offered = {std::string(right.reveal())};
  CHECK(login());
  REQUIRE(passwords.size() == 1);
  CHECK(passwords[0].host == config.host);
  CHECK(passwords[0].user == config.user);
  CHECK(passwords[0].attempt == 1);
}

TEST_CASE_FIXTURE(asked, "a password that was refused is asked for again, and a third time, but no fourth") {
  SUBCASE("the second is right") {
    config.password = secret("stale");
    offered = {std::string(right.reveal())};
    CHECK(login());
    REQUIRE(passwords.size() == 1);
    CHECK(passwords[0].attempt == 2);
  }
  SUBCASE("none is right") {
    config.password = secret();
    offered = {"e", "d", "c", "b", "a"};
    const auto got = login();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::authentication_failed);
    CHECK(passwords.size() == 3);
  }
}

TEST_CASE_FIXTURE(asked, "whoever gives up is told why") {
  SUBCASE("before a password was tried") {
    config.password = secret();
    const auto got = login();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::credentials_missing);
  }
  SUBCASE("after one was refused") {
    config.password = secret("stale");
    const auto got = login();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::authentication_failed);
  }
}

TEST_CASE_FIXTURE(asked, "a certificate that cannot be verified is shown, and accepted by its fingerprint alone") {
  config.ca_file.clear();
  SUBCASE("trusted") {
    const auto got = login();
    REQUIRE(got);
    REQUIRE(certificates.size() == 1);
    CHECK(certificates[0].problem.code == errc::certificate_untrusted);
    REQUIRE(got->certificate);
    CHECK(certificates[0].certificate.fingerprint == got->certificate->fingerprint);
    CHECK_FALSE(certificates[0].certificate.subject.empty());
  }
  SUBCASE("not trusted: nothing of the credentials has left") {
    trusts = false;
    const auto got = login();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::certificate_untrusted);
    CHECK(certificates.size() == 1);
    for (const auto& c : server->log().commands()) CHECK(c.name == "STARTTLS");
  }
  SUBCASE("a sync is asked once") {
    account on(config, &watch);
    on.ask(how());
    const auto done = on.sync();
    REQUIRE(done);
    CHECK_FALSE(done->failure);
    REQUIRE(on.sync());
    CHECK(certificates.size() == 1);
  }
}

TEST_CASE_FIXTURE(asked, "a certificate other than the pinned one is shown") {
  config.fingerprint = std::string(64, 'a');
  SUBCASE("trusted") { CHECK(login()); }
  SUBCASE("not trusted") {
    trusts = false;
    const auto got = login();
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::fingerprint_mismatch);
  }
  REQUIRE(certificates.size() == 1);
  CHECK(certificates[0].problem.code == errc::fingerprint_mismatch);
}

TEST_CASE_FIXTURE(asked, "an exception from an answer is an error, and goes no further") {
  config.password = secret();
  account on(config);
  questions bad;
  bad.password = [](const password_question&) -> std::optional<secret> { throw std::runtime_error("no keyring"); };
  on.ask(bad);
  const auto got = on.login();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::internal);
  CHECK(got.error().detail == "no keyring");
}

TEST_CASE_FIXTURE(asked_later, "an app with an event loop answers when its user is ready") {
  config.password = secret();
  config.ca_file.clear();
  std::function<void(std::optional<secret>)> answer;
  deferred_questions later;
  later.password = [&](const password_question&, auto reply) { answer = std::move(reply); };
  later.certificate = [](const certificate_question&, auto reply) { reply(true); };
  background_account on(config, nullptr, loop.to());
  on.ask(later);
  login(on);
  loop.run_until([&] { return answer != nullptr; });
  std::thread([&] { answer(right); }).join();
  loop.run_until([&] { return ended.has_value(); });
  CHECK(*ended);
  // Too late, and once too often.
  answer(std::nullopt);
}

TEST_CASE_FIXTURE(asked_later, "a question that is dropped is one that is not answered") {
  config.password = secret();
  deferred_questions later;
  later.password = [](const password_question&, const auto&) {};
  background_account on(config, nullptr, loop.to());
  on.ask(later);
  login(on);
  loop.run_until([&] { return ended.has_value(); });
  CHECK(ended->error().code == errc::credentials_missing);
}

TEST_CASE_FIXTURE(asked_later, "who waits for an answer can be cancelled and destroyed") {
  config.password = secret();
  std::function<void(std::optional<secret>)> answer;
  deferred_questions later;
  later.password = [&](const password_question&, auto reply) { answer = std::move(reply); };
  auto on = std::make_unique<background_account>(config, nullptr, loop.to());
  on->ask(later);
  login(*on);
  loop.run_until([&] { return answer != nullptr; });
  SUBCASE("cancelled") {
    on->cancel_all();
    loop.run_until([&] { return ended.has_value(); });
    CHECK(ended->error().code == errc::cancelled);
  }
  SUBCASE("destroyed") {
    on.reset();
    loop.run_all();
    CHECK_FALSE(ended);
  }
  answer(right);
}
