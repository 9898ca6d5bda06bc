#include "bench/filled_server.hpp"

#include <pwd.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

#include "bench/drain.hpp"
#include "bench/machine_facts.hpp"
#include "bench/report.hpp"
#include "interop/raw_imap.hpp"
#include "support/process.hpp"

namespace outmap::bench {
namespace {

constexpr std::size_t octets_a_command = std::size_t{8} << 20;
constexpr std::size_t messages_a_command = 1000;

// Named by the size too, so that another scale finds nothing.
std::filesystem::path kept_folder(const filling& what, const std::filesystem::path& keep) {
  if (keep.empty()) return {};
  return std::filesystem::absolute(keep) /
         (what.name + '-' + std::to_string(what.mailboxes.size()) + 'x' + std::to_string(what.per_mailbox));
}

// As root, Dovecot keeps the mail as another user, who must reach it.
void prepare(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  if (::geteuid() != 0) return;
  const passwd* owner = ::getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe): one thread starts servers
  if (owner == nullptr || ::chown(folder.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
    throw std::runtime_error("cannot give " + folder.string() + " to nobody");
  }
}

interop::dovecot_options options_for(const std::filesystem::path& kept) {
  interop::dovecot_options options;
  options.user = bench_user;
  options.password = bench_password;
  options.format = interop::storage::mdbox;
  options.mechanisms = {"plain", "login"};
  options.extra = "mail_fsync = never\n";
  if (!kept.empty()) {
    prepare(kept);
    options.extra += "mail_location = mdbox:" + (kept / "mdbox").string() + '\n';
  }
  return options;
}

}  // namespace

filled_server::filled_server(const filling& what, const std::filesystem::path& keep)
    : kept_(kept_folder(what, keep)), server_(options_for(kept_)) {
  const auto done = kept_ / "filled";
  if (!kept_.empty() && std::filesystem::exists(done)) return;
  fill(what);
  if (!kept_.empty()) test::write_file(done, "");
}

std::string filled_server::facts() const {
  const auto version = test::run({.argv = {"dovecot", "--version"}}).out;
  const drain_account account{"localhost", server_.imaps_port(), bench_user, bench_password};
  return "Dovecot " + version.substr(0, version.find(' ')) + ", mdbox, " + negotiated_cipher(account) +
         ", load average " + number(load());
}

void filled_server::append(const std::string& mailbox, std::size_t count,
                           const std::function<std::string(std::size_t)>& make) const {
  interop::raw_imap imap(server_, interop::security::implicit_tls);
  imap.login();
  for (std::size_t number = 0; number < count;) {
    // MULTIAPPEND: the literal of one message follows the other's.
    std::string command = "APPEND \"" + mailbox + '"';
    for (std::size_t batch = 0; number < count && batch < messages_a_command && command.size() < octets_a_command;
         ++batch, ++number) {
      const auto message = make(number);
      command += " {" + std::to_string(message.size()) + "+}\r\n" + message;
    }
    const auto answer = imap.command(command);
    if (!answer.ok()) throw std::runtime_error("APPEND: " + answer.status);
  }
}

void filled_server::fill(const filling& what) const {
  interop::raw_imap imap(server_, interop::security::implicit_tls);
  imap.login();
  for (std::size_t m = 0; m < what.mailboxes.size(); ++m) {
    const auto& mailbox = what.mailboxes[m];
    if (mailbox != "INBOX") imap.create(mailbox);
    append(mailbox, what.per_mailbox, [&](std::size_t number) { return what.make(m, number); });
    std::cerr << "\rfilling " << what.name << ": " << m + 1 << " of " << what.mailboxes.size() << " mailboxes"
              << std::flush;
  }
  std::cerr << '\n';
}

}  // namespace outmap::bench
