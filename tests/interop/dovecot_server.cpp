#include "interop/dovecot_server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/loopback_port.hpp"

namespace outmap::interop {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string missing_programs() {
  std::string missing;
  for (const auto& [program, package] :
       {std::pair{"dovecot", "dovecot-imapd"}, {"doveadm", "dovecot-core"}, {"ntlm_auth", "winbind"}}) {
    if (!test::find_program(program)) missing += std::string(program) + " (Debian package " + package + "), ";
  }
  if (!missing.empty()) return "not installed: " + missing.substr(0, missing.size() - 2);
  const auto version = test::run({.argv = {"dovecot", "--version"}});
  if (!version.out.starts_with("2.3.")) return "Dovecot 2.3 is needed, this is " + version.out;
  return {};
}

dovecot_server::dovecot_server(dovecot_options options)
    : options_(std::move(options)), certificate_(authority_.issue(options_.certificate)) {
  write_dovecot_files(folder_.path(), options_, certificate_);
  folder_.write("ca.pem", authority_.pem());
  // Another program can take a port between our look and Dovecot's; then other ports are tried.
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto free = test::free_loopback_ports(2);
    ports_ = {free[0], free[1]};
    folder_.write("dovecot.conf", dovecot_config(folder_.path(), options_, ports_));
    if (try_start()) return;
    if (log().find("Address already in use") == std::string::npos) break;
  }
  throw std::runtime_error("Dovecot does not start: " + log());
}

// Dovecot listens before it says so: from then on a connection is at worst queued.
bool dovecot_server::try_start() {
  process_.emplace(test::command_line{.argv = {"dovecot", "-F", "-c", (folder_ / "dovecot.conf").string()},
                                      // INTERNALDATE is in the server's time zone.
                                      .environment = {{"TZ", "UTC0"}},
                                      .without = {"LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"}});
  return process_->wait_for_error(" starting up for imap");
}

void dovecot_server::start() {
  if (process_ && process_->running()) return;
  if (!try_start()) throw std::runtime_error("Dovecot does not start again: " + log());
}

void dovecot_server::stop() {
  if (!process_) return;
  process_->kill();
  process_->wait();
  // Killed, it left this behind, and would take it for a running server.
  fs::remove(folder_ / "run" / "master.pid");
}

void dovecot_server::replace_certificate(const test::certificate_request& what) {
  certificate_ = authority_.issue(what);
  folder_.write("server.pem", certificate_.pem);
  folder_.write("server.key", certificate_.key_pem);
  stop();
  start();
}

void dovecot_server::kick() { doveadm({"kick", options_.user}); }

std::string dovecot_server::doveadm(const std::vector<std::string>& arguments, std::string input) const {
  std::vector<std::string> argv = {"doveadm", "-c", (folder_ / "dovecot.conf").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto done = test::run({.argv = argv, .input = std::move(input)});
  if (!done.ok()) {
    std::string text = "doveadm";
    for (const auto& argument : arguments) text += " " + argument;
    throw std::runtime_error(text + ": " + test::describe(done) + "\n--- log\n" + log());
  }
  return done.out;
}

std::string dovecot_server::log() const { return process_ ? process_->err() : std::string(); }

bool dovecot_server::logs(std::string_view text) { return process_ && process_->wait_for_error(text); }

std::string dovecot_server::rawlog() const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder_ / "rawlog")) {
    if (entry.path().extension() == ".in") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const auto& file : files) text += test::read_file(file);
  return text;
}

}  // namespace outmap::interop
