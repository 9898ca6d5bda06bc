#include "profile/fetch_form.hpp"

#include <array>

namespace outmap::profile {
namespace {

enum class group { any, imap4_only, imap4rev1_only };

struct row {
  fetch_form form;
  group servers;
  std::string_view items;
};

constexpr std::array<row, 9> table = {{
    {fetch_form::uid, group::any, "(UID)"},
    {fetch_form::uid_flags, group::any, "(UID FLAGS)"},
    {fetch_form::rfc822_header_with_date, group::imap4_only, "(UID FLAGS RFC822.SIZE RFC822.HEADER INTERNALDATE)"},
    {fetch_form::rfc822_full, group::imap4_only, "(UID FLAGS RFC822)"},
    {fetch_form::rfc822_header, group::imap4_only, "(UID FLAGS RFC822.SIZE RFC822.HEADER)"},
    {fetch_form::rfc822_peek, group::imap4_only, "(UID FLAGS RFC822.PEEK)"},
    {fetch_form::body_header_with_date, group::imap4rev1_only,
     "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)"},
    {fetch_form::body_full, group::imap4rev1_only, "(UID FLAGS BODY.PEEK[])"},
    {fetch_form::body_header, group::imap4rev1_only, "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])"},
}};

const row& find(fetch_form form) noexcept { return table[static_cast<std::size_t>(form)]; }

}  // namespace

std::string_view items(fetch_form form) noexcept { return find(form).items; }

bool allowed(fetch_form form, dialect server) noexcept {
  const auto servers = find(form).servers;
  return servers == group::any || (servers == group::imap4rev1_only) == (server == dialect::imap4rev1);
}

fetch_form header_form(dialect server, bool with_date) noexcept {
  if (server == dialect::imap4rev1) return with_date ? fetch_form::body_header_with_date : fetch_form::body_header;
  return with_date ? fetch_form::rfc822_header_with_date : fetch_form::rfc822_header;
}

fetch_form full_form(dialect server) noexcept {
  return server == dialect::imap4rev1 ? fetch_form::body_full : fetch_form::rfc822_peek;
}

}  // namespace outmap::profile
