// Two caches, the bundled server and broken links: random histories. OUTMAP_HISTORIES: how many (default 100);
// OUTMAP_HISTORY_SEED: the first seed (default 1).
#include <doctest/doctest.h>

#include <thread>

#include "exchange/server.hpp"
#include "support/convergence.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

class double_server final : public changing_server {
 public:
  explicit double_server(exchange::personality behaves) {
    exchange::server_options options;
    options.behaves = std::move(behaves);
    options.behaves.take_passwords_without_tls();
    options.accounts = {{"anna", secret("s3cret")}};
    server_ = std::make_unique<exchange::server>(std::move(options));
    const auto up = server_->start();
    REQUIRE_MESSAGE(up, up.error().message());
  }

  std::uint16_t port() override { return server_->port(); }
  account_config config() override {
    account_config out;
    out.host = "localhost";
    out.tls = tls_mode::none;
    out.user = "anna";
    out.password = secret("s3cret");
    out.auth.plaintext = plaintext_policy::allowed;
    out.auth.allowed = {mechanism::login};
    out.connections = 1;
    return out;
  }
  void begin_anew() override {
    come_to_rest();
    for (const auto& f : mail().folders()) {
      for (const auto& m : mail().messages(f.name)) mail().expunge(f.name, m.uid);
      mail().remove_folder(f.name);
    }
    mail().create("Archive");
    mail().create("Drafts");
  }
  void add(const std::string& folder, const std::string& octets) override {
    mail().add(folder, octets, {}, {1700000000 + ++added_, 0});
  }
  void set_flags(const std::string& folder, std::uint32_t uid, flag_set flags) override {
    mail().set_flags(folder, uid, flags);
  }
  void expunge(const std::string& folder, std::uint32_t uid) override { mail().expunge(folder, uid); }
  bool change_uid_validity(const std::string& folder) override { return mail().change_uid_validity(folder); }
  void create(const std::string& folder) override { mail().create(folder); }
  held_account snapshot() override {
    held_account out;
    for (const auto& f : mail().folders()) {
      auto& into = out[f.name];
      for (const auto& m : mail().messages(f.name)) into[m.uid] = {m.flags.to_string(), *m.octets};
    }
    return out;
  }
  void come_to_rest() override {
    while (server_->open_connections() != 0) std::this_thread::yield();
  }

 private:
  exchange::mailbox_store& mail() { return server_->store(); }
  std::unique_ptr<exchange::server> server_;
  std::int64_t added_ = 0;
};

void play_all(exchange::personality behaves, unsigned histories) {
  double_server server(std::move(behaves));
  history_counts counts;
  const auto first = number_from("OUTMAP_HISTORY_SEED", 1);
  const auto count = number_from("OUTMAP_HISTORIES", histories);
  for (unsigned i = 0; i < count; ++i) play_history(server, first + i, {}, counts);
  MESSAGE(count << " histories from seed " << first << ": " << counts.changes << " changes, " << counts.broken
                << " broken links, " << counts.found << " found after a lost answer, " << counts.conflicts
                << " conflicts and refusals");
}

}  // namespace

TEST_CASE("OIMAP-V0023 XIMAP-V0013 two caches and the server end equal after any history") {
  play_all(exchange::personality::generic(), 100);
}

TEST_CASE("OIMAP-V0023 XIMAP-V0013 NTLM-PB9 and so with an Exchange that writes messages anew") {
  play_all(*exchange::personality::by_name("2010"), 30);
}
