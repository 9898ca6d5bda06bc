#include "profile/audit_fetch.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;
using wire::grammar::is_word;

std::optional<fetch_form> form_of(std::string_view asked) {
  for (int i = 0; i <= static_cast<int>(fetch_form::body_header); ++i) {
    const auto form = static_cast<fetch_form>(i);
    if (items(form) == asked) return form;
  }
  return std::nullopt;
}

// Cut at spaces outside of brackets and inner parentheses.
std::vector<std::string_view> items_in(std::string_view list) {
  constexpr std::size_t most = 64;
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= list.size() && out.size() < most; ++i) {
    const char c = i < list.size() ? list[i] : ' ';
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
    if (i < list.size() && (c != ' ' || depth > 0)) continue;
    if (i > begin) out.push_back(list.substr(begin, i - begin));
    begin = i + 1;
  }
  return out;
}

void judge_section(std::string_view item, audit_findings& to) {
  const auto open = item.find('[');
  const auto close = item.rfind(']');
  const auto section =
      close == std::string_view::npos ? item.substr(open + 1) : item.substr(open + 1, close - open - 1);
  const bool peek = is_word(item.substr(0, open), "BODY.PEEK");
  if (!section.empty() && section != "HEADER") {
    to.add({rule::no_parts, rule::peek_forms},
           "BODY[" + printable(section, 40) + "]: only header and whole message are fetched");
  }
  if (!peek) to.add({rule::peek_forms}, "BODY[...] without .PEEK sets \\Seen");
  if (close != std::string_view::npos && close + 1 < item.size()) {
    to.add({rule::no_partial, rule::no_partial_body}, "a part of a body (\"<...>\") is asked for");
  }
}

void judge_item(std::string_view item, audit_findings& to) {
  if (is_word(item, "ALL") || is_word(item, "FAST") || is_word(item, "FULL")) {
    to.add({rule::no_macros}, "the FETCH macro " + printable(item));
  } else if (is_word(item, "ENVELOPE")) {
    to.add({rule::no_envelope, rule::no_fetch_envelope}, "ENVELOPE is never asked for");
  } else if (is_word(item, "BODYSTRUCTURE") || is_word(item, "BODY")) {
    to.add({rule::no_bodystructure, rule::no_fetch_bodystructure},
           "the body structure (" + printable(item) + ") is never asked for");
  } else if (wire::grammar::begins_with_word(item, "BODY[") || wire::grammar::begins_with_word(item, "BODY.PEEK[")) {
    judge_section(item, to);
  }
}

void judge_group(fetch_form form, dialect server, audit_findings& to) {
  if (allowed(form, server)) return;
  const bool rev1 = server == dialect::imap4rev1;
  to.add({rule::fetch_lists}, std::string(items(form)) + " is for servers that " + (rev1 ? "do not list" : "list") +
                                  " IMAP4rev1; this one " + (rev1 ? "does" : "does not"));
}

}  // namespace

void judge_fetch(std::string_view asked, std::optional<dialect> server, audit_findings& to) {
  if (const auto form = form_of(asked)) {
    if (server) judge_group(*form, *server, to);
    return;
  }
  audit_findings found;
  auto list = asked;
  const bool in_parentheses = list.starts_with('(');
  if (in_parentheses) {
    // What follows the list is a modifier of an extension.
    int depth = 0;
    std::size_t end = 0;
    for (; end < list.size(); ++end) {
      if (list[end] == '(') ++depth;
      if (list[end] == ')' && --depth == 0) break;
    }
    const auto behind = list.substr(std::min(list.size(), end + 1));
    list = list.substr(1, end > 0 ? end - 1 : 0);
    if (!behind.empty() && behind.find_first_not_of(' ') == std::string_view::npos) {
      to.add({rule::single_space}, "white space before the end of the line");
      judge_fetch(asked.substr(0, asked.size() - behind.size()), server, to);
      return;
    }
    if (!behind.empty())
      found.add({rule::closed_set, rule::fetch_lists}, "something follows the FETCH list: a modifier of an extension");
  }
  for (const auto item : items_in(list)) judge_item(item, found);
  if (found.empty()) {
    const bool doubled = asked.find("  ") != std::string_view::npos || asked.find('\t') != std::string_view::npos;
    if (doubled) found.add({rule::single_space, rule::fetch_lists}, "more than one space in the FETCH list");
  }
  if (found.empty()) {
    found.add({rule::fetch_lists}, printable(asked, 80) + " is none of the nine FETCH lists");
  }
  for (auto& f : found.take({})) to.add(std::move(f));
}

}  // namespace outmap::profile
