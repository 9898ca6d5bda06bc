#include "profile/audit_pipelining.hpp"

#include <algorithm>

namespace outmap::profile {
namespace {

using word = audit_word;

// What comes behind would be meant for another state of the connection.
bool stands_alone(word w) { return w == word::starttls || w == word::authenticate || w == word::login; }

bool selects(const read_command& c) { return c.word == word::select || c.word == word::examine; }

// What changes nothing and names no message by its number does no harm in whichever mailbox it is carried out: it may
// stand on either side of a SELECT whose answer is not there yet.
bool speculative(const read_command& c) {
  switch (c.word) {
    case word::capability:
    case word::noop:
    case word::list:
    case word::lsub:
    case word::status:
    case word::select:
    case word::examine: return true;
    case word::uid: return c.under_uid == word::fetch;
    default: return false;
  }
}

// The only ones during which the server may not renumber messages.
bool keeps_numbers(word w) { return w == word::fetch || w == word::store || w == word::search; }

std::string name_of(word w) { return std::string(traits(w).name.empty() ? "a command" : traits(w).name); }

}  // namespace

void judge_pipelining(const read_command& next, std::span<const audit_running> running, audit_findings& to) {
  for (const auto& r : running) {
    if (!stands_alone(r.what.word)) continue;
    to.add({audit_rule::pipelining}, name_of(next.word) + " is sent before " + name_of(r.what.word) + " is complete");
    return;
  }
  if (running.empty()) return;
  if (stands_alone(next.word)) {
    to.add({audit_rule::pipelining},
           name_of(next.word) + " is sent before " + name_of(running.back().what.word) + " is complete");
    return;
  }
  const auto depends = std::find_if(running.begin(), running.end(), [&](const audit_running& r) {
    return (selects(r.what) && !speculative(next)) || (selects(next) && !speculative(r.what));
  });
  if (depends != running.end()) {
    to.add({audit_rule::pipelining},
           name_of(next.word) + " is sent before " + name_of(depends->what.word) + " is complete");
    return;
  }
  const auto renumbering =
      std::find_if(running.begin(), running.end(), [](const audit_running& r) { return !keeps_numbers(r.what.word); });
  if (next.numbers_messages() && renumbering != running.end()) {
    to.add({audit_rule::pipelining}, name_of(next.word) + " by message numbers is sent before " +
                                         name_of(renumbering->what.word) + " is complete, which may change them");
  }
}

}  // namespace outmap::profile
