#include "interop/dovecot_config.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>

#include "support/base64.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::interop {
namespace {

namespace fs = std::filesystem;

// As root, Dovecot refuses mail access for uid 0: the mails belong to this user. Else everything is ours.
constexpr const char* mail_user = "nobody";

bool are_root() { return ::geteuid() == 0; }

const passwd& mail_account() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): servers are started by one thread
  const passwd* entry = are_root() ? ::getpwnam(mail_user) : ::getpwuid(::geteuid());
  if (entry == nullptr) throw std::runtime_error("no passwd entry for the user who shall own the mails");
  return *entry;
}

std::string group_name(gid_t id) {
  const group* entry = ::getgrgid(id);  // NOLINT(concurrency-mt-unsafe)
  return entry == nullptr ? std::to_string(id) : entry->gr_name;
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// passwd-file fields end at ':' and know no escape, hence base64 of the password.
std::string passwd_line(const fs::path& root, const dovecot_options& options) {
  const auto& owner = mail_account();
  return options.user + ":{PLAIN.b64}" + test::to_base64(options.password) + ":" + std::to_string(owner.pw_uid) + ":" +
         std::to_string(owner.pw_gid) + "::" + (root / "mail" / options.user).string() + "::\n";
}

// Dovecot starts the helper as `<path> --helper-protocol=squid-2.5-ntlmssp`. Given a user and a password, ntlm_auth
// accepts by itself and asks no winbindd. It checks the response, not the name: the userdb must refuse foreign names.
std::string ntlm_helper(const fs::path& root, const dovecot_options& options) {
  const auto program = test::find_program("ntlm_auth");
  return "#!/bin/sh\nexec " + shell_quoted(program ? program->string() : "ntlm_auth") +
         " \"$@\" --configfile=" + shell_quoted((root / "smb.conf").string()) +
         " --username=" + shell_quoted(options.user) + " --domain=" + shell_quoted(options.domain) +
         " --password=" + shell_quoted(options.password) + "\n";
}

// Of its own, since a fresh machine has no /var/lib/samba that the helper's user may write to, and its host name as the
// NetBIOS name would change the challenge from machine to machine.
std::string samba_config(const fs::path& root, const dovecot_options& options) {
  const auto state = (root / "samba").string();
  std::string text =
      "[global]\nworkgroup = " + options.domain + "\nnetbios name = OUTMAP\nserver role = standalone server\n";
  for (const auto* folder :
       {"private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"}) {
    text += std::string(folder) + " = " + state + "\n";
  }
  return text + "log file = " + state + "/log\n";
}

std::string storage_name(storage format) {
  switch (format) {
    case storage::maildir: return "maildir:~/Maildir:LAYOUT=fs";
    case storage::sdbox: return "sdbox:~/sdbox";
    case storage::mdbox: return "mdbox:~/mdbox";
    case storage::mbox: return "mbox:~/mail:INBOX=~/inbox";
  }
  throw std::invalid_argument("storage");
}

std::string setting(std::string_view name, std::string_view value) {
  return std::string(name) + " = " + std::string(value) + "\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// An ordinary user can neither change users nor chroot.
std::string as_ordinary_user() {
  const auto& me = mail_account();
  const std::string name = me.pw_name;
  return setting("default_login_user", name) + setting("default_internal_user", name) +
         setting("default_internal_group", group_name(me.pw_gid)) +
         "service anvil {\n  chroot =\n}\n"
         "service imap-login {\n  chroot =\n}\n"
         "service imap-urlauth-login {\n  chroot =\n}\n";
}

std::string auth_part(const fs::path& root, const dovecot_options& options) {
  const auto accounts = "  driver = passwd-file\n  args = username_format=%Ln " + (root / "users").string() + "\n";
  return setting("auth_mechanisms", joined(options.mechanisms)) + setting("auth_realms", joined(options.realms)) +
         setting("auth_use_winbind", "yes") + setting("auth_winbind_helper_path", (root / "ntlm-helper").string()) +
         // NTLM gives user@DOMAIN and DIGEST-MD5 user@realm; both are the one account.
         setting("auth_username_format", "%Ln") + setting("auth_verbose", "yes") +
         setting("auth_debug", options.auth_debug ? "yes" : "no") +
         // Refusals come at once: a test of wrong passwords should not take minutes.
         setting("auth_failure_delay", "0") +
         "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
         "passdb {\n" +
         accounts + "}\nuserdb {\n" + accounts + "}\n";
}

std::string listener_part(const fs::path& root, const dovecot_options& options, listeners ports) {
  std::string text = setting("listen", options.address) + setting("ssl", options.tls ? "yes" : "no");
  if (options.tls) {
    text += setting("ssl_cert", "<" + (root / "server.pem").string());
    text += setting("ssl_key", "<" + (root / "server.key").string());
  }
  return text + setting("disable_plaintext_auth", options.plaintext_needs_tls ? "yes" : "no") +
         "login_trusted_networks =\n"
         "service imap-login {\n  inet_listener imap {\n    port = " +
         std::to_string(ports.imap) +
         "\n  }\n  inet_listener imaps {\n    port = " + std::to_string(options.tls ? ports.imaps : 0) +
         "\n    ssl = yes\n  }\n}\n";
}

}  // namespace

void write_dovecot_files(const fs::path& root, const dovecot_options& options, const test::certificate& server) {
  // The processes of Dovecot are several users; the folder above keeps its listing to us.
  fs::permissions(root, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  test::write_file(root / "server.pem", server.pem);
  test::write_file(root / "server.key", server.key_pem);
  test::write_file(root / "users", passwd_line(root, options));
  test::write_file(root / "smb.conf", samba_config(root, options));
  test::write_file(root / "ntlm-helper", ntlm_helper(root, options));
  fs::permissions(root / "server.key", fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(root / "ntlm-helper", fs::perms{0755});
  const auto& owner = mail_account();
  for (const auto* name : {"run", "state", "samba", "rawlog", "mail"}) fs::create_directory(root / name);
  fs::create_directory(root / "mail" / options.user);
  fs::permissions(root / "samba", fs::perms{0777});
  if (!are_root()) return;
  for (const auto& folder : {root / "rawlog", root / "mail", root / "mail" / options.user}) {
    if (::chown(folder.c_str(), owner.pw_uid, owner.pw_gid) != 0) throw std::runtime_error("chown " + folder.string());
  }
}

std::string dovecot_config(const fs::path& root, const dovecot_options& options, listeners ports) {
  std::string text = setting("base_dir", (root / "run").string()) + setting("state_dir", (root / "state").string()) +
                     setting("instance_name", "outmap-test") + setting("log_path", "/dev/stderr") +
                     setting("protocols", "imap");
  if (!are_root()) text += as_ordinary_user();
  text += listener_part(root, options, ports) + auth_part(root, options);
  text += setting("mail_location", storage_name(options.format)) + setting("first_valid_uid", "1") +
          // An address-space limit keeps sanitized or virtualised helpers from starting.
          setting("default_vsz_limit", "0") + setting("mail_max_userip_connections", "100");
  if (options.rawlog) text += setting("rawlog_dir", (root / "rawlog").string());
  text += "namespace inbox {\n  inbox = yes\n  separator = " + std::string(1, options.hierarchy_separator) + "\n}\n";
  return text + options.extra + "\n";
}

}  // namespace outmap::interop
