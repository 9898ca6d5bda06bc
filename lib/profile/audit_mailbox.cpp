#include "profile/audit_mailbox.hpp"

#include <algorithm>

#include "wire/encoder.hpp"
#include "wire/grammar.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::profile {
namespace {

void judge_octets(const scanned_string& name, name_use use, audit_findings& to) {
  if (name.literal != nullptr && name.literal->absent) return;
  const auto& text = name.text;
  if (std::any_of(text.begin(), text.end(), wire::grammar::is_8bit)) {
    to.add({audit_rule::seven_bit}, "a mailbox name holds octets over 127; names go out in modified UTF-7");
  } else if (std::any_of(text.begin(), text.end(), wire::grammar::is_ctl)) {
    if (use == name_use::made) to.add({audit_rule::typed_names}, "the new mailbox name holds a control character");
  } else if (text.size() == name.size && text.find('&') != std::string::npos && !wire::decode_modified_utf7(text)) {
    to.add({audit_rule::ampersand}, "the mailbox name is no modified UTF-7: \"&\" stands for itself only as \"&-\"");
  }
}

}  // namespace

void judge_mailbox(const scanned_string& name, name_use use, audit_findings& to) {
  judge_octets(name, use, to);
  const bool long_name = name.size > wire::longest_quoted;
  if (name.size == 0) {
    to.add({audit_rule::strict_sender}, "a mailbox name is empty");
  } else if (name.form == string_form::quoted && long_name) {
    to.add({audit_rule::name_quoting},
           "a mailbox name of " + std::to_string(name.size) + " octets is a quoted string; a long one is a literal");
  } else if (name.form == string_form::literal && !long_name) {
    to.add({audit_rule::name_quoting},
           "a mailbox name of " + std::to_string(name.size) + " octets is a literal; a short one is an atom or quoted");
  }
}

void judge_pattern(const scanned_string& pattern, audit_findings& to) { judge_octets(pattern, name_use::existing, to); }

void judge_reference(const scanned_string& reference, audit_findings& to) {
  constexpr std::string_view delimiters = "/.\\:|^";
  judge_octets(reference, name_use::existing, to);
  if (reference.size == 0 || reference.text.size() != reference.size) return;
  if (delimiters.find(reference.text.back()) == std::string_view::npos) {
    to.add({audit_rule::list_reference}, "the reference does not end with the hierarchy delimiter");
  }
}

}  // namespace outmap::profile
