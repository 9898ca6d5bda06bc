#include "double/linked_fixture.hpp"

#include <thread>

namespace outmap::test {

linked_fixture::linked_fixture() {
  config.tls = tls_mode::none;
  config.auth.plaintext = plaintext_policy::allowed;
  config.auth.allowed = {mechanism::login};
  config.connections = 1;
  config.second_look = std::chrono::milliseconds(0);
}

exchange::mailbox_store& linked_fixture::begin() {
  options.behaves.take_passwords_without_tls();
  auto& store = mail();
  link = std::make_unique<cutting_proxy>(server->port());
  config.port = link->port();
  config.ca_file.clear();
  return store;
}

void linked_fixture::settle_server() const {
  while (server->open_connections() != 0) std::this_thread::yield();
}

}  // namespace outmap::test
