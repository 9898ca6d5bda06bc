// Words as SQLite's FTS5 sees them.
#pragma once

#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/search.hpp"

namespace outmap::search {

/// Text with blanks around each character of the scripts that write without them (Han, kana, Thai, Lao, Khmer, Burmese),
/// so that each counts as a word: both what is indexed and what is looked for goes through here.
std::string word_by_word(std::string_view utf8);

/// The terms of a query as expressions of FTS5. All that the user wrote stands in quotes there. Both empty: there are no
/// terms.
struct match_text {
  std::string wanted;    ///< empty: there are only negated terms
  std::string unwanted;  ///< any of these
};

/// errc::invalid_argument for a term without a letter or a digit, or too many terms.
result<match_text> match_text_of(const search_query& query);

}  // namespace outmap::search
