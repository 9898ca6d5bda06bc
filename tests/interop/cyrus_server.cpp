#include "interop/cyrus_server.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "support/certificates.hpp"
#include "support/loopback_port.hpp"

namespace outmap::interop {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

fs::path cyrus_root() {
  const char* const named = std::getenv("OUTMAP_CYRUS");  // NOLINT(concurrency-mt-unsafe): read only
  return named != nullptr && *named != '\0' ? fs::path(named) : fs::path("/");
}

std::optional<fs::path> found_in(const fs::path& root, std::initializer_list<const char*> places) {
  for (const char* const place : places) {
    const auto file = root / place;
    if (fs::exists(file)) return file;
  }
  return std::nullopt;
}

struct programs {
  std::optional<fs::path> master = found_in(cyrus_root(), {"usr/lib/cyrus/bin/master", "usr/lib/cyrus-imapd/master"});
  std::optional<fs::path> imapd = found_in(cyrus_root(), {"usr/lib/cyrus/bin/imapd", "usr/lib/cyrus-imapd/imapd"});
  std::optional<fs::path> password = found_in(cyrus_root(), {"usr/sbin/saslpasswd2"});
};

// The server's libraries, where they are not installed.
std::vector<fs::path> own_libraries() {
  std::vector<fs::path> out;
  std::error_code none;
  for (fs::recursive_directory_iterator at(cyrus_root() / "usr/lib", none), end; !none && at != end;
       at.increment(none)) {
    if (at->path().filename().string().starts_with("libcyrus") &&
        at->path().string().find(".so") != std::string::npos) {
      out.push_back(at->path());
    }
    if (at.depth() > 1) at.disable_recursion_pending();
  }
  return out;
}

bool are_root() { return ::geteuid() == 0; }

const passwd& owner() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): servers are started by one thread
  const passwd* entry = are_root() ? ::getpwnam("nobody") : ::getpwuid(::geteuid());
  if (entry == nullptr) throw std::runtime_error("no passwd entry for the user who shall own the mails");
  return *entry;
}

void give_to_owner(const fs::path& what) {
  if (!are_root()) return;
  const auto& who = owner();
  if (::chown(what.c_str(), who.pw_uid, who.pw_gid) != 0) throw std::runtime_error("chown " + what.string());
}

std::string imapd_conf(const fs::path& root) {
  const auto below = [&](const char* name) { return (root / name).string() + "\n"; };
  return "configdirectory: " + below("conf") + "partition-default: " + below("spool") + "defaultpartition: default\n" +
         "proc_path: " + below("proc") + "mboxname_lockpath: " + below("lock") + "servername: localhost\n" +
         "cyrus_user: " + owner().pw_name + "\nunixhierarchysep: yes\naltnamespace: yes\nvirtdomains: off\n" +
         // The first login makes the mailbox. Of a mailbox that is deleted twice in a second, the second is refused
         // where the first is kept for a while. Nobody needs this mail after a loss of power.
         "autocreate_quota: 0\ndelete_mode: immediate\nskiplist_unsafe: yes\n" +
         "allowplaintext: yes\nsasl_mech_list: PLAIN LOGIN\nsasl_pwcheck_method: auxprop\n" +
         "sasl_auxprop_plugin: sasldb\nsasl_sasldb_path: " + below("sasldb2") +
         "tls_server_cert: " + below("server.pem") + "tls_server_key: " + below("server.key") +
         "tls_session_timeout: 0\n";
}

std::string cyrus_conf(const fs::path& root, std::uint16_t imap, std::uint16_t imaps) {
  const auto command = (root / "bin/imapd").string() + " -C " + (root / "imapd.conf").string();
  return "START {\n}\nSERVICES {\n  imap cmd=\"" + command + "\" listen=\"127.0.0.1:" + std::to_string(imap) +
         "\" prefork=4\n  imaps cmd=\"" + command + " -s\" listen=\"127.0.0.1:" + std::to_string(imaps) +
         "\" prefork=0\n}\nEVENTS {\n}\n";
}

}  // namespace

std::string missing_cyrus() {
  const programs have;
  if (have.master && have.imapd && have.password) return {};
  return "no Cyrus IMAP below " + cyrus_root().string() +
         " (Debian packages cyrus-imapd, cyrus-common, sasl2-bin; OUTMAP_CYRUS names the folder they are unpacked in)";
}

cyrus_server::cyrus_server() {
  where_.user = "alice";
  where_.password = "s3cret: pass";
  write_files();
  // Another program can take a port between our look and the server's; then other ports are tried.
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto free = test::free_loopback_ports(2);
    where_.port = free[0];
    imaps_port_ = free[1];
    folder_.write("cyrus.conf", cyrus_conf(folder_.path(), where_.port, imaps_port_));
    if (try_start()) return;
  }
  throw std::runtime_error("Cyrus does not start: " + process_->err());
}

cyrus_server::~cyrus_server() {
  if (!process_) return;
  // It ends its services itself, in groups of their own or not.
  process_->terminate();
  process_->wait(5s);
}

void cyrus_server::write_files() {
  const programs have;
  // The server is another user; the folder above keeps its listing to us, and what it runs may stand where that user
  // has no way to.
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  fs::create_directory(folder_ / "bin");
  fs::copy_file(*have.master, folder_ / "bin/master");
  fs::copy_file(*have.imapd, folder_ / "bin/imapd");
  for (const auto& library : own_libraries()) {
    fs::copy_file(library, folder_.path() / "bin" / library.filename(), fs::copy_options::skip_existing);
  }
  for (const char* const name : {"conf", "conf/socket", "conf/db", "spool", "proc", "lock"}) {
    fs::create_directory(folder_ / name);
    give_to_owner(folder_ / name);
  }
  const test::certificate_authority authority;
  const auto certificate = authority.issue();
  folder_.write("ca.pem", authority.pem());
  folder_.write("server.pem", certificate.pem);
  folder_.write("server.key", certificate.key_pem);
  folder_.write("imapd.conf", imapd_conf(folder_.path()));
  const auto made = test::run({.argv = {have.password->string(), "-p", "-c", "-f", (folder_ / "sasldb2").string(), "-u",
                                        "localhost", where_.user},
                               .input = where_.password});
  if (!made.ok()) throw std::runtime_error("saslpasswd2: " + test::describe(made));
  for (const char* const name : {"sasldb2", "server.key"}) {
    fs::permissions(folder_ / name, fs::perms::owner_read | fs::perms::owner_write);
    give_to_owner(folder_ / name);
  }
}

bool cyrus_server::try_start() {
  const auto at = [&](const char* name) { return (folder_ / name).string(); };
  process_.emplace(test::command_line{
      .argv = {at("bin/master"), "-D", "-C", at("imapd.conf"), "-M", at("cyrus.conf"), "-p", at("master.pid")},
      .environment = {{"TZ", "UTC0"}, {"LD_LIBRARY_PATH", at("bin")}},
      .without = {"LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"},
      .directory = folder_.path()});
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (process_->running() && std::chrono::steady_clock::now() < deadline) {
    try {
      const raw_imap client(where_);
      if (client.greeting().find("Cyrus") != std::string::npos) return true;
      break;
    } catch (const std::runtime_error&) {
      std::this_thread::yield();
    }
  }
  process_->kill();
  process_->wait();
  return false;
}

void cyrus_server::wait_until_idle() const {
  // A file for each process that has a client, for as long as it has one.
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!fs::is_empty(folder_ / "proc")) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("Cyrus does not come to rest");
    std::this_thread::yield();
  }
}

}  // namespace outmap::interop
