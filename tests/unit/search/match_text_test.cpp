#include "search/match_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outmap;
using search::match_text_of;
using search::word_by_word;

namespace {

search_term term(const std::string& words, search_field in = search_field::any, bool negated = false,
                 bool prefix = false) {
  return {in, words, prefix, negated};
}

search::match_text text_of(std::vector<search_term> terms) {
  search_query query;
  query.terms = std::move(terms);
  const auto out = match_text_of(query);
  REQUIRE(out);
  return *out;
}

}  // namespace

TEST_CASE("scripts without blanks are taken character by character") {
  CHECK(word_by_word("abc d") == "abc d");
  CHECK(word_by_word("a受信b") == "a 受 信 b");
  CHECK(word_by_word("한국") == "한국");
  CHECK(word_by_word("\xff\xe5\x8f") == "\xff\xe5\x8f");
  CHECK(word_by_word("") == "");
}

TEST_CASE("what the user wrote stays within quotes") {
  CHECK(text_of({term("invoice")}).wanted == "\"invoice\"");
  CHECK(text_of({term("a\" OR \"b")}).wanted == "\"a\"\" OR \"\"b\"");
  CHECK(text_of({term("subject : x")}).wanted == "\"subject : x\"");
  CHECK(text_of({term(std::string("a\0b", 3))}).wanted == "\"a b\"");
  CHECK(text_of({term("inv", search_field::subject, false, true)}).wanted == "subject : \"inv\" *");
}

TEST_CASE("all wanted terms, none of the unwanted") {
  const auto both = text_of({term("a"), term("b", search_field::sender), term("c", search_field::any, true),
                             term("d", search_field::text, true)});
  CHECK(both.wanted == "\"a\" AND sender : \"b\"");
  CHECK(both.unwanted == "\"c\" OR text : \"d\"");
  CHECK(text_of({}).wanted.empty());
}

TEST_CASE("a term without a letter or a digit is refused, and so are too many") {
  search_query query;
  query.terms = {term("!?*")};
  CHECK(match_text_of(query).error().code == errc::invalid_argument);
  query.terms.assign(search_query::most_terms + 1, term("a"));
  CHECK(match_text_of(query).error().code == errc::invalid_argument);
}
