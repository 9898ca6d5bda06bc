#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "outmap/search.hpp"
#include "search/day.hpp"
#include "search/query_parser.hpp"

namespace outmap {
namespace {

using search::item;

struct field_name {
  std::string_view name;
  search_field in;
};
constexpr std::array<field_name, 12> field_names{{{"from", search_field::sender},
                                                  {"sender", search_field::sender},
                                                  {"to", search_field::recipients},
                                                  {"cc", search_field::recipients},
                                                  {"bcc", search_field::recipients},
                                                  {"recipient", search_field::recipients},
                                                  {"subject", search_field::subject},
                                                  {"text", search_field::text},
                                                  {"body", search_field::text},
                                                  {"file", search_field::files},
                                                  {"filename", search_field::files},
                                                  {"any", search_field::any}}};

struct state_name {
  std::string_view name;
  std::optional<bool> search_query::*what;
  bool value;
};
constexpr std::array<state_name, 13> state_names{{{"unread", &search_query::seen, false},
                                                  {"unseen", &search_query::seen, false},
                                                  {"new", &search_query::seen, false},
                                                  {"read", &search_query::seen, true},
                                                  {"seen", &search_query::seen, true},
                                                  {"flagged", &search_query::flagged, true},
                                                  {"unflagged", &search_query::flagged, false},
                                                  {"answered", &search_query::answered, true},
                                                  {"unanswered", &search_query::answered, false},
                                                  {"draft", &search_query::draft, true},
                                                  {"undraft", &search_query::draft, false},
                                                  {"deleted", &search_query::deleted, true},
                                                  {"undeleted", &search_query::deleted, false}}};

constexpr std::array<std::string_view, 9> other_names{"since", "after",  "before", "until", "is",
                                                      "has",   "folder", "in",     "not"};

template <class Table>
void add_names(const Table& table, std::vector<std::string_view>& to) {
  for (const auto& row : table) to.push_back(row.name);
}

/// What was written in the place of a word that is known there.
unknown_search_word not_known(const item& from) {
  unknown_search_word out;
  if (from.name == "is") {
    out.word = from.value;
    add_names(state_names, out.known);
  } else if (from.name == "has") {
    out.word = from.value;
    out.known = {"attachment"};
  } else {
    out.word = from.name;
    add_names(field_names, out.known);
    out.known.insert(out.known.end(), other_names.begin(), other_names.end());
  }
  return out;
}

bool is_known(const unknown_search_word& which) {
  return std::find(which.known.begin(), which.known.end(), which.word) != which.known.end();
}

tl::unexpected<error> bad(const item& of, std::string_view why) {
  return fail(errc::invalid_argument, "'" + printable(of.written, 100) + "': " + std::string(why));
}

result<void> take_state(const item& from, search_query& into) {
  for (const auto& known : state_names) {
    if (known.name != from.value) continue;
    const bool value = known.value != from.negated;
    auto& slot = into.*known.what;
    if (slot && *slot != value) return bad(from, "contradicts what stands before it");
    slot = value;
    return {};
  }
  return bad(from, "is: takes unread, read, flagged, unflagged, answered, unanswered, draft or deleted");
}

result<void> take_day(const item& from, std::int64_t now, std::optional<std::int64_t>& into) {
  if (from.negated) return bad(from, "a date cannot be negated; use since: or before:");
  const auto at = search::beginning_of(from.value, now);
  if (!at) return bad(from, "is no day like 2024-03-01, 2024-03, 2024, today, yesterday, 10d, 2w, 6m or 1y");
  into = *at;
  return {};
}

result<void> take_words(const item& from, search_field in, search_query& into) {
  search_term term;
  term.in = in;
  term.words = from.value;
  term.prefix = from.prefix;
  term.negated = from.negated;
  if (!from.quoted && term.words.ends_with('*')) {
    term.words.pop_back();
    term.prefix = true;
  }
  if (into.terms.size() == search_query::most_terms) return bad(from, "too many words");
  into.terms.push_back(std::move(term));
  return {};
}

result<void> take(const item& from, std::int64_t now, search_query& into) {
  if (from.name.empty()) return take_words(from, search_field::any, into);
  for (const auto& known : field_names) {
    if (known.name == from.name) return take_words(from, known.in, into);
  }
  if (from.name == "since" || from.name == "after") return take_day(from, now, into.since);
  if (from.name == "before" || from.name == "until") return take_day(from, now, into.before);
  if (from.name == "is") return take_state(from, into);
  if (from.name == "has") {
    if (from.value != "attachment" && from.value != "attachments") return bad(from, "has: takes attachment");
    into.attachments = !from.negated;
    return {};
  }
  if (from.name == "folder" || from.name == "in") {
    if (from.negated) return bad(from, "a folder cannot be negated");
    into.folders.push_back(from.value);
    return {};
  }
  return bad(from, "'" + from.name +
                       ":' is none of from, to, subject, text, file, since, before, is, has, folder; in quotes it is "
                       "looked for as it stands");
}

}  // namespace

result<search_query> parse_search(std::string_view line, std::int64_t now, unknown_search_word* unknown) {
  constexpr std::size_t longest_line = 4096;
  if (line.size() > longest_line) return fail(errc::invalid_argument, "a search has at most 4096 octets");
  search_query out;
  for (const auto& next : search::split_line(line)) {
    auto taken = take(next, now, out);
    if (taken) continue;
    if (auto which = not_known(next); unknown != nullptr && !is_known(which)) *unknown = std::move(which);
    return tl::unexpected(std::move(taken.error()));
  }
  return out;
}

}  // namespace outmap
