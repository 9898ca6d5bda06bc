#include "simulation/other_clients.hpp"

#include <optional>
#include <utility>

namespace outmap::simulation {
namespace {

std::string named(char first, unsigned n) { return first + std::to_string(n); }

}  // namespace

other_clients::other_clients(world& in, ledger& facts, std::mt19937_64& random,
                             std::function<void(const std::string&)> say)
    : in_(in), facts_(facts), random_(random), say_(std::move(say)) {}

void other_clients::begin() {
  for (const char* name : {"Archive", "Drafts", "G0"}) in_.mail().create(name);
  for (unsigned i = 0; i < 4 + upto(4); ++i) add();
}

void other_clients::act(unsigned kind) {
  switch (kind) {
    case 0: return add();
    case 1: return change_flags();
    case 2: return expunge();
    case 3: return revise();
    default: return change_folders();
  }
}

std::string other_clients::new_message() {
  const auto token = 'm' + std::to_string(next_++);
  facts_[token];
  std::string text = "Subject: " + token + "\r\n";
  // Drafts lack what others have.
  if (chance(70)) text = "Message-ID: <" + token + "@example.com>\r\n" + text;
  if (chance(70)) text = "Date: Fri, 1 Aug 2025 10:00:00 +0000\r\n" + text;
  text += "\r\n" + (chance(50) ? "the same text" : "text of " + token) + "\r\n";
  if (chance(20)) {
    for (unsigned i = 0, lines = 1 + upto(600); i < lines; ++i) text += "one more line of a message that has many\r\n";
  }
  return text;
}

std::string other_clients::some_folder() {
  const auto all = in_.mail().folders();
  return all[upto(static_cast<unsigned>(all.size()))].name;
}

void other_clients::add() {
  const auto folder = some_folder();
  const auto text = new_message();
  say_("others add " + token_of(text) + " to " + folder);
  // The clients remove such folders as they are: what came meanwhile goes with them.
  if (folder[0] == 'F') facts_[token_of(text)].may_be_gone = true;
  in_.mail().add(folder, text, {}, {1'700'000'000 + next_, 0});
}

void other_clients::change_flags() {
  const auto folder = some_folder();
  const auto all = in_.mail().messages(folder);
  if (all.empty()) return;
  const auto& which = all[upto(static_cast<unsigned>(all.size()))];
  const flag_set flags(static_cast<std::uint8_t>(upto(16)));
  say_("others set " + folder + ' ' + std::to_string(which.uid) + " to " + flags.to_string());
  if (flags.has(system_flag::deleted)) facts_[token_of(*which.octets)].may_be_gone = true;
  in_.mail().set_flags(folder, which.uid, flags);
}

void other_clients::expunge() {
  const auto folder = some_folder();
  const auto all = in_.mail().messages(folder);
  if (all.empty()) return;
  const auto& which = all[upto(static_cast<unsigned>(all.size()))];
  say_("others expunge " + folder + ' ' + std::to_string(which.uid));
  facts_[token_of(*which.octets)].may_be_gone = true;
  in_.mail().expunge(folder, which.uid);
}

void other_clients::revise() {
  const auto folder = some_folder();
  if (chance(25)) {
    say_("others renumber " + folder);
    in_.mail().change_uid_validity(folder);
    return;
  }
  const auto all = in_.mail().messages(folder);
  if (all.empty()) return;
  const auto& which = all[upto(static_cast<unsigned>(all.size()))];
  const auto token = token_of(*which.octets);
  say_("others revise " + folder + ' ' + std::to_string(which.uid) + " (" + token + ')');
  std::optional<std::string> text;
  if (chance(60)) text = *which.octets + "and a line more\r\n";
  if (renumbered) renumbered(token);
  in_.mail().revise(folder, which.uid, std::move(text));
}

void other_clients::everything_may_go(const std::string& folder) {
  for (const auto& m : in_.mail().messages(folder)) facts_[token_of(*m.octets)].may_be_gone = true;
}

void other_clients::change_folders() {
  const auto which = named('G', upto(3));
  switch (upto(4)) {
    case 0:
    case 1:
      say_("others make " + which);
      in_.mail().create(which);
      return;
    case 2:
      say_("others remove " + which);
      everything_may_go(which);
      in_.mail().remove_folder(which);
      return;
    default: {
      const auto to = named('G', upto(3));
      say_("others rename " + which + " to " + to);
      for (const auto& m : in_.mail().messages(which)) {
        if (renumbered) renumbered(token_of(*m.octets));
      }
      in_.mail().rename(which, to);
      return;
    }
  }
}

held_account other_clients::snapshot() {
  held_account out;
  for (const auto& f : in_.mail().folders()) {
    if (f.noselect) continue;
    auto& into = out[f.name];
    for (const auto& m : in_.mail().messages(f.name)) into[m.uid] = {m.flags.to_string(), *m.octets, m.date};
  }
  return out;
}

}  // namespace outmap::simulation
