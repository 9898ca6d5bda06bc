#include "simulation/ledger.hpp"

namespace outmap::simulation {
namespace {

std::string difference(const std::string& where, const held_mailbox& ours, const held_mailbox& server) {
  std::string out;
  for (const auto& [uid, theirs] : server) {
    const auto name = where + ' ' + std::to_string(uid) + " (" + token_of(theirs.octets) + ')';
    const auto mine = ours.find(uid);
    if (mine == ours.end()) {
      out += name + " is not in the cache; ";
    } else if (mine->second.flags != theirs.flags) {
      out += name + " has the flags '" + mine->second.flags + "' in the cache, '" + theirs.flags + "' on the server; ";
    } else if (mine->second.octets != theirs.octets) {
      out += name + " has another body: '" + mine->second.octets + "' in the cache, '" + theirs.octets +
             "' on the server; ";
    } else if (mine->second.date != theirs.date) {
      out += name + " has the date " + std::to_string(mine->second.date.unix_seconds) + " in the cache, " +
             std::to_string(theirs.date.unix_seconds) + " on the server; ";
    }
  }
  for (const auto& [uid, mine] : ours) {
    if (!server.contains(uid))
      out += where + ' ' + std::to_string(uid) + " (" + token_of(mine.octets) + ") is in the cache alone; ";
  }
  return out;
}

}  // namespace

std::string token_of(const std::string& octets) {
  const auto at = octets.find("Subject: ");
  return at == std::string::npos ? "" : octets.substr(at + 9, octets.find("\r\n", at) - at - 9);
}

std::string difference(const held_account& ours, const held_account& server) {
  std::string out;
  for (const auto& [name, mailbox] : server) {
    const auto mine = ours.find(name);
    out += mine == ours.end() ? name + " is not in the cache; " : difference(name, mine->second, mailbox);
  }
  for (const auto& [name, mailbox] : ours) {
    if (!server.contains(name)) out += name + " is in the cache alone; ";
  }
  return out;
}

}  // namespace outmap::simulation
