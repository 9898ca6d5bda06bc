// The nine FETCH item lists, and no other (OIMAP-V0055).
#pragma once

#include <string_view>

namespace outmap::profile {

/// Which group of FETCH lists a server gets: it follows from IMAP4rev1 in its CAPABILITY response.
enum class dialect { imap4, imap4rev1 };

enum class fetch_form {
  uid,                           ///< any server
  uid_flags,                     ///< any server
  rfc822_header_with_date,       ///< servers that do not list IMAP4rev1
  rfc822_full,                   ///< the same; sets \Seen on the server
  rfc822_header,                 ///< the same
  rfc822_peek,                   ///< the same
  body_header_with_date,         ///< servers that list IMAP4rev1
  body_full,                     ///< the same
  body_header,                   ///< the same
};

/// The list in parentheses, items in the order of the row.
std::string_view items(fetch_form form) noexcept;

/// Whether a server of this dialect may be sent the form.
bool allowed(fetch_form form, dialect server) noexcept;

/// Size, flags and header of messages; `with_date` adds INTERNALDATE (OIMAP-V0006).
fetch_form header_form(dialect server, bool with_date) noexcept;
/// The whole message, without setting \Seen.
fetch_form full_form(dialect server) noexcept;

}  // namespace outmap::profile
