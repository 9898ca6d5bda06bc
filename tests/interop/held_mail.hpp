// What a server holds, as a restore has to bring it back.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "interop/raw_imap.hpp"

namespace outmap::interop {

/// Flags, INTERNALDATE, octets of each message of each folder.
using held_mail = std::map<std::string, std::multiset<std::tuple<std::set<std::string>, std::string, std::string>>>;

inline held_mail held_by(raw_imap& logged_in) {
  held_mail out;
  for (const auto& [name, mailbox] : logged_in.snapshot_all()) {
    auto& into = out[name];
    for (const auto& [uid, m] : mailbox.messages) into.emplace(m.flags, m.internal_date, m.octets);
  }
  return out;
}

inline std::size_t size_of(const held_mail& all) {
  std::size_t out = 0;
  for (const auto& [name, some] : all) out += some.size();
  return out;
}

inline bool none_twice(const held_mail& now, const held_mail& than) {
  for (const auto& [name, some] : now) {
    for (const auto& m : some) {
      if (!than.contains(name) || some.count(m) > than.at(name).count(m)) return false;
    }
  }
  return true;
}

/// What has octets over 127 goes out in 7 bits by the profile, and bare line ends become whole ones: other octets come
/// back.
inline bool keeps_its_octets(const std::string& text) {
  char before = 0;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 127 || (c == '\n') != (before == '\r')) return false;
    before = c;
  }
  return before != '\r';
}

}  // namespace outmap::interop
