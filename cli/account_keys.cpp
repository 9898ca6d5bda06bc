#include "cli/account_file.hpp"

namespace outmap::cli {
namespace {

constexpr account_key rows[] = {
    {"url", "Where the account is: imaps://user@host[:port], imap://... (STARTTLS) or imap+plain://... (no TLS)."},
    {"host", "Instead of url: the server."},
    {"port", "Instead of url: 993 with implicit TLS, else 143, unless it is given."},
    {"tls", "Instead of url: implicit, starttls or none."},
    {"user", "Instead of url: the login name."},
    {"cache", "The cache file; relative to the configuration file."},
    {"password_command", "The password is the first line that this shell command prints."},
    {"password_file", "The password is the first line of this file."},
    {"ca_file", "An issuer of certificates (PEM) to trust beside those of the system."},
    {"fingerprint", "The SHA-256 fingerprint of the one certificate to accept."},
    {"timeout", "Longest wait for any answer, in seconds."},
    {"auth", "Login methods to allow: an array of ntlm, digest-md5, plain, login."},
    {"plaintext", "Where the password may cross the wire readable: tls-only or allowed."},
    {"ntlm", "NTLM version: v2, v1-extended or v1."},
    {"principal", "Whose mailbox a delegate opens, alias or UPN; the login is then by LOGIN."},
    {"folder", "Patterns of the folders to take; a string or an array."},
    {"exclude", "Patterns of the folders to leave; a string or an array."},
    {"tree", "all folders, or those that are subscribed."},
    {"root_folder", "Only what is at or below this folder, and INBOX."},
    {"bodies", "all, or none: headers alone."},
    {"max_delete",
     "If more messages of a folder are gone than this, none is taken for deleted: a number, or a share as 80%."},
    {"keep_expunged", "How long what the server has expunged is kept: forever, none, or a number of days."},
    {"received_date", "internal (the server's) or header."},
    {"connections", "Most sessions at a time."},
    {"pipelining", "true, or false for a server that loses count: then one command at a time."},
    {"logout", "wait for the server's answer, or at-once."},
    {"password", "May not stand in this file: it is refused."},
};

}  // namespace

std::span<const account_key> account_keys() noexcept { return rows; }

}  // namespace outmap::cli
