// A server with something in it, an account on it, and all that passes between them.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "exchange/server.hpp"
#include "outmap/account.hpp"
#include "outmap/store.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

namespace outmap::test {

struct recorded final : trace_sink {
  std::vector<std::pair<char, std::string>> lines;  // 'C', 'S' or 'n' for a note
  void client(std::string_view line) noexcept override { lines.emplace_back('C', line); }
  void server(std::string_view line) noexcept override { lines.emplace_back('S', line); }
  void note(std::string_view line) noexcept override { lines.emplace_back('n', line); }
};

// One server with three folders and what a client that writes could harm.
struct whole_run {
  exchange::server_options options;
  std::unique_ptr<exchange::server> server;
  temp_dir dir;
  account_config config;
  recorded trace;

  explicit whole_run(exchange::personality behaves = exchange::personality::generic()) {
    options.behaves = std::move(behaves);
    options.accounts = {{"anna", secret("s3cret")}};
    config.host = "localhost";
    config.user = "anna";
    config.password = secret("s3cret");
    config.timeout = std::chrono::seconds(30);
    config.cache = dir / "cache";
  }

  void start() {
    server = std::make_unique<exchange::server>(options);
    const auto up = server->start();
    REQUIRE_MESSAGE(up, up.error().message());
    config.ca_file = dir / "ca.pem";
    REQUIRE(server->write_ca(config.ca_file));
    config.port = config.tls == tls_mode::implicit ? server->tls_port() : server->port();
    for (const char* const folder : {"Archive", "two words", "Archive/100%*#&\xc3\xbc"}) {
      CHECK(server->store().create(folder) == exchange::tree_result::done);
      server->store().subscribe(folder);
    }
    for (const auto& f : server->store().folders()) {
      for (unsigned i = 1; i <= 12; ++i) {
        server->store().add(f.name,
                            "Subject: " + f.name + std::to_string(i) + "\r\n\r\n" + std::string(i * 100, 'x') + "\r\n",
                            flag_set(static_cast<std::uint8_t>(i)), {1700000000 + i, 0});
      }
    }
  }

  result<sync_report> sync() {
    trace_on_trial audited(config.auth, &trace);
    account a(config, nullptr, &audited);
    return a.sync();
  }

  // A first sync, changes made elsewhere, a second one.
  void run_twice() {
    start();
    for (int pass = 0; pass < 2; ++pass) {
      const auto report = sync();
      REQUIRE_MESSAGE(report, report.error().message());
      if (report->failure) FAIL_CHECK(report->failure->message());
      server->store().add("INBOX", "Subject: new\r\n\r\nlater\r\n", {}, {1700000100, 0});
      server->store().expunge("INBOX", 3);
      server->store().set_flags("Archive", 2, flag_set(1));
    }
  }

  std::string held() {
    std::ostringstream out;
    auto opened = store::open(config.cache);
    REQUIRE_MESSAGE(opened, opened.error().message());
    const auto folders = opened->folders();
    REQUIRE(folders);
    for (const auto& f : *folders) {
      out << f.name << '\n';
      REQUIRE(opened->messages(f.mailbox, [&](const stored_message& m) {
        out << "  " << m.uid.value << ' ' << m.flags.to_string() << ' ' << m.body_digest << '\n';
        return true;
      }));
    }
    return out.str();
  }
};

}  // namespace outmap::test
