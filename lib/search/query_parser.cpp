#include "search/query_parser.hpp"

#include <algorithm>
#include <utility>

namespace outmap::search {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Takes the name at the front, with its colon.
std::string take_name(std::string_view& rest) {
  const auto colon = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_letter) - rest.begin());
  if (colon == 0 || colon + 1 >= rest.size() || rest[colon] != ':') return {};
  const auto behind = rest.substr(colon + 1);
  if (is_space(behind.front()) || behind.starts_with("//")) return {};
  std::string out(rest.substr(0, colon));
  std::transform(out.begin(), out.end(), out.begin(), lower);
  rest.remove_prefix(colon + 1);
  return out;
}

void take_value(std::string_view& rest, item& into) {
  if (rest.starts_with('"')) {
    const auto end = std::min(rest.find('"', 1), rest.size());
    into.value = rest.substr(1, end - 1);
    into.quoted = true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (rest.starts_with('*')) {
      into.prefix = true;
      rest.remove_prefix(1);
    }
    return;
  }
  const auto end = static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_space) - rest.begin());
  into.value = rest.substr(0, end);
  rest.remove_prefix(end);
}

}  // namespace

std::vector<item> split_line(std::string_view line) {
  std::vector<item> out;
  for (auto rest = line; !rest.empty();) {
    if (is_space(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const auto from = rest;
    item next;
    if (rest.size() > 1 && rest.front() == '-' && !is_space(rest[1])) {
      next.negated = true;
      rest.remove_prefix(1);
    }
    next.name = take_name(rest);
    if (next.name == "not") {
      next.negated = !next.negated;
      next.name = take_name(rest);
    }
    take_value(rest, next);
    next.written = from.substr(0, from.size() - rest.size());
    out.push_back(std::move(next));
  }
  return out;
}

}  // namespace outmap::search
