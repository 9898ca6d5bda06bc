#include "outmap/types.hpp"

#include <algorithm>

namespace outmap {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool less_without_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return upper(x) < upper(y); });
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return upper(x) == upper(y); });
}

std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

// As flag_set keeps them: one space between two, sorted, each once.
bool is_normal(std::string_view keywords) {
  std::string_view last;
  for (auto rest = keywords; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(' '));
    if (word.empty() || !less_without_case(last, word)) return false;
    last = word;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return keywords.empty() || keywords.back() != ' ';
}

}  // namespace

void flag_set::add_keyword(std::string_view keyword) {
  if (keywords_.empty()) {
    keywords_ = keyword;
    return;
  }
  set_keywords(keywords_ + ' ' + std::string(keyword));
}

void flag_set::set_keywords(std::string_view space_separated) {
  // A server sends the flags of most messages in this form or with one keyword.
  if (is_normal(space_separated)) {
    keywords_ = space_separated;
    return;
  }
  std::vector<std::string_view> list;
  for (auto word = next_word(space_separated); !word.empty(); word = next_word(space_separated)) list.push_back(word);
  std::sort(list.begin(), list.end(), less_without_case);
  list.erase(std::unique(list.begin(), list.end(), equal_without_case), list.end());
  std::string joined;
  for (const auto word : list) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  keywords_ = std::move(joined);
}

std::string flag_set::to_string() const {
  static constexpr std::pair<system_flag, const char*> names[] = {{system_flag::seen, "\\Seen"},
                                                                  {system_flag::answered, "\\Answered"},
                                                                  {system_flag::flagged, "\\Flagged"},
                                                                  {system_flag::deleted, "\\Deleted"},
                                                                  {system_flag::draft, "\\Draft"}};
  std::string out;
  for (const auto& [flag, name] : names) {
    if (!has(flag)) continue;
    if (!out.empty()) out += ' ';
    out += name;
  }
  if (!keywords_.empty()) {
    if (!out.empty()) out += ' ';
    out += keywords_;
  }
  return out;
}

mailbox_name::mailbox_name(std::string wire) : wire_(std::move(wire)) {
  if (equal_without_case(wire_, "INBOX")) wire_ = "INBOX";
}

}  // namespace outmap
