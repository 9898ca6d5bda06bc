#include "double_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "outmap/store.hpp"
#include "support/trace_on_trial.hpp"

namespace outmap::test {
std::string text_of_size(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text =
      "Subject: " + std::to_string(seed) + "\r\nMessage-ID: <" + std::to_string(seed) + "@example.com>\r\n\r\n";
  while (text.size() < size) {
    for (int i = 0; i < 70; ++i) text += static_cast<char>('a' + random() % 26);
    text += "\r\n";
  }
  return text;
}

double_fixture::double_fixture() {
  if (const char* name = std::getenv("OUTMAP_PERSONALITY")) {
    const auto known = exchange::personality::by_name(name);
    REQUIRE_MESSAGE(known, name);
    options.behaves = *known;
  }
  options.accounts = {{"anna", secret("s3cret")}};
  config.host = "localhost";
  config.user = "anna";
  config.password = secret("s3cret");
  config.timeout = std::chrono::seconds(30);
  config.cache = dir / "cache";
}

exchange::mailbox_store& double_fixture::mail() {
  if (!server) {
    server = std::make_unique<exchange::server>(options);
    const auto up = server->start();
    REQUIRE_MESSAGE(up, up.error().message());
    config.ca_file = dir / "ca.pem";
    REQUIRE(server->write_ca(config.ca_file));
    config.port = server->tls_port();
  }
  return server->store();
}

sync_report double_fixture::run(const sync_options& how) {
  mail();
  trace_on_trial audited(config.auth);
  account a(config, &watch, &audited);
  auto report = a.sync(how);
  REQUIRE_MESSAGE(report, report.error().message());
  return *report;
}

sync_report double_fixture::run_well(const sync_options& how) {
  auto report = run(how);
  if (report.failure) FAIL_CHECK(report.failure->message());
  return report;
}

held_folder double_fixture::held(const std::string& name) {
  auto opened = store::open(config.cache);
  REQUIRE_MESSAGE(opened, opened.error().message());
  auto folder = opened->folder(name);
  REQUIRE_MESSAGE(folder, folder.error().message());
  held_folder out;
  std::vector<stored_message> messages;
  REQUIRE(opened->messages(folder->mailbox, [&](const stored_message& m) {
    messages.push_back(m);
    return true;
  }));
  for (const auto& m : messages) {
    auto& [flags, octets] = out[m.uid.value];
    flags = m.flags.to_string();
    if (m.body_digest.empty()) continue;
    REQUIRE(opened->body(folder->mailbox, m.uid, [&, &into = octets](std::string_view piece) {
      into += piece;
      return true;
    }));
  }
  return out;
}

held_folder double_fixture::served(const std::string& name) {
  held_folder out;
  for (const auto& m : server->store().messages(name)) out[m.uid] = {m.flags.to_string(), *m.octets};
  return out;
}

void double_fixture::check_equal(const std::string& name) { CHECK((held(name) == served(name))); }

}  // namespace outmap::test
