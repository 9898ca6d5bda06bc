#include "wire/fetch_item.hpp"

#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

using grammar::begins_with_word;
using grammar::is_word;

// `rest` is what follows "BODY[".
fetch_item_name classify_section(std::string_view rest) {
  const auto close = rest.find(']');
  if (close == std::string_view::npos) return {fetch_item::body_other, false};
  const auto section = rest.substr(0, close);
  const bool partial = close + 1 < rest.size();
  if (section.empty()) return {fetch_item::body_full, partial};
  if (is_word(section, "HEADER")) return {fetch_item::body_header, partial};
  return {fetch_item::body_other, partial};
}

fetch_item_name classify_rfc822(std::string_view name) {
  if (is_word(name, "RFC822.SIZE")) return {fetch_item::size};
  if (is_word(name, "RFC822") || is_word(name, "RFC822.PEEK")) return {fetch_item::body_full};
  if (is_word(name, "RFC822.HEADER") || is_word(name, "RFC822.HEADER.PEEK")) return {fetch_item::body_header};
  if (is_word(name, "RFC822.TEXT") || is_word(name, "RFC822.TEXT.PEEK")) return {fetch_item::body_other};
  return {};
}

}  // namespace

fetch_item_name classify_fetch_item(std::string_view name) {
  switch (name.empty() ? '\0' : grammar::upper(name[0])) {
    case 'U':
      return {is_word(name, "UID") ? fetch_item::uid : fetch_item::other};
    case 'F':
      return {is_word(name, "FLAGS") ? fetch_item::flags : fetch_item::other};
    case 'I':
      return {is_word(name, "INTERNALDATE") ? fetch_item::internal_date : fetch_item::other};
    case 'R':
      return classify_rfc822(name);
    case 'B':
      if (begins_with_word(name, "BODY[")) return classify_section(name.substr(5));
      if (begins_with_word(name, "BODY.PEEK[")) return classify_section(name.substr(10));
      if (begins_with_word(name, "BINARY[") || begins_with_word(name, "BINARY.PEEK[")) return {fetch_item::body_other};
      return {};
    default:
      return {};
  }
}

}  // namespace outmap::wire
