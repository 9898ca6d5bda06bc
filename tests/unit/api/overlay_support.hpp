// A cache and an outbox for the tests of what the app sees.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "cache/outbox.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "unit/archive/sample_cache.hpp"

namespace api_test {

using archive_test::message_text;
using archive_test::need;
using archive_test::sample_cache;
using outmap::change_id;
using outmap::errc;
using outmap::flag_change;
using outmap::flag_set;
using outmap::mailbox_name;
using outmap::outbox;
using outmap::store;
using outmap::stored_message;
using outmap::system_flag;
using outmap::uid;
using outmap::uid_set;

constexpr auto seen = static_cast<std::uint8_t>(system_flag::seen);
constexpr auto answered = static_cast<std::uint8_t>(system_flag::answered);
constexpr auto flagged = static_cast<std::uint8_t>(system_flag::flagged);
constexpr auto deleted = static_cast<std::uint8_t>(system_flag::deleted);
constexpr auto draft = static_cast<std::uint8_t>(system_flag::draft);

template <class T>
errc code_of(const outmap::result<T>& r) {
  REQUIRE_FALSE(r);
  return r.error().code;
}

inline mailbox_name box(std::string wire) { return mailbox_name(std::move(wire)); }

inline uid_set uids(std::initializer_list<std::uint32_t> list) {
  uid_set out;
  for (const auto u : list) out.add(uid{u});
  return out;
}

/// "1: 2:SF +7/3:S": UIDs with the letters of their flags; '+change/source' for one without a UID.
inline std::string shown(store& from, const std::string& wire) {
  std::string out;
  need(from.messages(box(wire), [&](const stored_message& m) {
    if (!out.empty()) out += ' ';
    out += m.unsent ? '+' + std::to_string(m.unsent->change) + '/' + std::to_string(m.unsent->source.value)
                    : std::to_string(m.uid.value);
    out += ':';
    for (const auto& [flag, letter] : {std::pair(seen, 'S'), std::pair(answered, 'R'), std::pair(flagged, 'F'),
                                       std::pair(deleted, 'T'), std::pair(draft, 'D')}) {
      if ((m.flags.system_bits() & flag) != 0) out += letter;
    }
    return true;
  }));
  return out;
}

/// "INBOX Old- Work+ ": '-' gone, '+' made by a change, '*' subscribed.
inline std::string tree(store& from) {
  std::string out;
  for (const auto& folder : need(from.folders())) {
    if (!out.empty()) out += ' ';
    out += folder.mailbox.wire();
    if (folder.gone) out += '-';
    if (folder.created_by != 0) out += '+';
    if (folder.subscribed) out += '*';
  }
  return out;
}

/// A sender without a server.
class played_sender {
 public:
  explicit played_sender(const sample_cache& cache)
      : box_(need(outmap::cache::outbox::open(cache.file(), "anna@mail.example"))) {}
  outmap::cache::outbox* operator->() { return box_.get(); }

 private:
  std::unique_ptr<outmap::cache::outbox> box_;
};

}  // namespace api_test
