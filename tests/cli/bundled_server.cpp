#include "cli/bundled_server.hpp"

#include <sstream>
#include <stdexcept>

namespace outmap::test {

command_line program_home::with(const arguments& args) const {
  command_line c;
  c.argv = arguments{OUTMAP_PROGRAM} + args;
  c.environment = environment;
  c.environment.insert({{"HOME", dir_.path().string()}, {"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}});
  c.without = {"OUTMAP_PASSWORD", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TERM"};
  std::erase_if(c.without, [&](const std::string& name) { return environment.contains(name); });
  c.directory = dir_.path();
  return c;
}

process_result program_home::run(const arguments& args) const { return test::run(with(args)); }

process_result program_home::run_by_shell(const std::string& line, const arguments& args) const {
  auto c = with(args);
  c.argv = arguments{"sh", "-c", line} + c.argv;
  return test::run(c);
}

std::vector<nlohmann::json> program_home::events(const arguments& args) const {
  return parse_events(run(args + arguments{"--json"}).out);
}

std::vector<nlohmann::json> parse_events(const std::string& out) {
  std::vector<nlohmann::json> events;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line));
  if (events.empty() || !out.ends_with('\n')) throw std::runtime_error("no whole lines: " + out);
  return events;
}

bundled_server::bundled_server() {
  options.accounts = {{"anna", secret(password)}};
  environment["OUTMAP_PASSWORD"] = password;
}

exchange::server& bundled_server::server() {
  if (!server_) {
    server_ = std::make_unique<exchange::server>(options);
    if (auto up = server_->start(); !up) throw std::runtime_error(up.error().message());
    if (auto ok = server_->write_ca(dir() / "ca.pem"); !ok) throw std::runtime_error(ok.error().message());
  }
  return *server_;
}

arguments bundled_server::account_at(const std::string& scheme, std::uint16_t port) {
  return {"--url",     scheme + "://anna@localhost:" + std::to_string(port),
          "--ca-file", (dir() / "ca.pem").string(),
          "--cache",   cache().string(),
          "--timeout", "30"};
}

arguments bundled_server::account() { return account_at("imaps", server().tls_port()); }
arguments bundled_server::account_starttls() { return account_at("imap", server().port()); }
arguments bundled_server::on(const std::string& command, const arguments& rest) {
  return arguments{command} + account() + rest;
}

arguments operator+(arguments a, const arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace outmap::test
