// What the name of a FETCH data item stands for. Framer and parser decide by the same function, so that they agree on
// which literal is a body.
#pragma once

#include <string_view>

namespace outmap::wire {

enum class fetch_item {
  uid,
  flags,
  size,
  internal_date,
  body_full,      ///< BODY[], RFC822
  body_header,    ///< BODY[HEADER], RFC822.HEADER
  body_other,     ///< content that is never asked for: BODY[TEXT], BODY[1.2], BINARY[…], RFC822.TEXT
  other,
};

struct fetch_item_name {
  fetch_item item = fetch_item::other;
  bool partial = false;     ///< it had an origin: BODY[]<0>
};

/// `name` as sent, in any case. The PEEK spellings, which are of commands only, count as what they ask for.
fetch_item_name classify_fetch_item(std::string_view name);

}  // namespace outmap::wire
