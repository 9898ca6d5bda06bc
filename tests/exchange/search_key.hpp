// The search program of SEARCH (RFC 3501 6.4.4) as a tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "outmap/types.hpp"

namespace outmap::exchange {

enum class search_kind {
  all,      ///< every one of `children`; none: every message
  any,      ///< OR
  negated,  ///< NOT
  numbers,  ///< `set`, message numbers
  uids,     ///< `set`
  flag,     ///< `flag` is set
  keyword,  ///< `text` is set
  recent,   ///< \Recent
  larger,   ///< `number` octets are fewer
  smaller,
  before,  ///< INTERNALDATE, `day`
  on,
  since,
  sent_before,  ///< the Date field
  sent_on,
  sent_since,
  header,  ///< `field` holds `text`; empty text: the field is there
  body,
  text,
};

struct search_key {
  search_kind kind = search_kind::all;
  std::vector<search_key> children = {};
  sequence_set set = {};
  system_flag flag = system_flag::seen;
  std::string field = {};
  std::string text = {};
  std::uint32_t number = 0;
  std::int64_t day = 0;  ///< days since 1970-01-01
};

struct search_program {
  std::string charset;  ///< upper case; empty: none was named
  search_key key;
};

/// The rest of the command. Throws bad_arguments, also when parentheses nest deeper than `deepest` (XIMAP-V0043).
search_program parse_search(arguments& args, std::size_t deepest);

}  // namespace outmap::exchange
