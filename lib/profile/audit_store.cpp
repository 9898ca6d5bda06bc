#include "profile/audit_store.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "profile/store_form.hpp"
#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;

constexpr std::array<std::string_view, 5> system_flags = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"};

bool is_fixed_form(std::string_view asked) {
  for (int i = static_cast<int>(store_form::add_deleted_seen);
       i <= static_cast<int>(store_form::remove_answered_silent); ++i) {
    if (text(static_cast<store_form>(i)) == asked) return true;
  }
  return false;
}

void judge_flag(std::string_view flag, audit_findings& to) {
  if (std::find(system_flags.begin(), system_flags.end(), flag) != system_flags.end()) return;
  const auto same = [flag](std::string_view known) { return wire::grammar::is_same_word(flag, known); };
  if (std::any_of(system_flags.begin(), system_flags.end(), same)) {
    to.add({rule::store_forms}, "a flag is not spelled as the profile spells it");
  } else if (wire::grammar::is_word(flag, "\\RECENT")) {
    to.add({rule::no_recent_flag, rule::strict_sender}, "\\Recent is never sent");
  } else {
    to.add({rule::no_keywords}, "the flag " + printable(flag, 40) + " is no system flag; keywords are never made");
  }
}

}  // namespace

void judge_flags(std::string_view list, audit_findings& to) {
  if (list.size() < 2) return;
  list = list.substr(1, list.size() - 2);
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (end == 0 || end + 1 == list.size())
      to.add({rule::single_space}, "more than one space, or one at the edge, in a flag list");
    if (end > 0) judge_flag(list.substr(0, end), to);
    list.remove_prefix(std::min(list.size(), end + 1));
  }
}

void judge_store(std::string_view asked, audit_findings& to) {
  if (is_fixed_form(asked)) return;
  if (asked.size() > 1 && asked.back() == ' ' && asked.find_last_not_of(' ') != std::string_view::npos) {
    to.add({rule::single_space}, "white space before the end of the line");
    return judge_store(asked.substr(0, asked.find_last_not_of(' ') + 1), to);
  }
  audit_findings of_flags;
  const auto open = asked.find('(');
  const bool list =
      open != std::string_view::npos && asked.back() == ')' && asked.find('(', open + 1) == std::string_view::npos;
  if (list) judge_flags(asked.substr(open), of_flags);
  const bool replaces = list && asked.substr(0, open) == "FLAGS ";
  if (of_flags.empty() && replaces) return;
  if (asked.starts_with('(')) {
    to.add({rule::closed_set, rule::store_forms}, "a modifier of an extension stands before the flags");
  } else if (of_flags.empty()) {
    to.add({rule::store_forms}, printable(asked, 80) + " is none of the STORE forms");
  } else {
    for (auto& f : of_flags.take({})) to.add(std::move(f));
    if (!replaces) to.add({rule::store_forms}, printable(asked, 80) + " is none of the STORE forms");
  }
}

}  // namespace outmap::profile
