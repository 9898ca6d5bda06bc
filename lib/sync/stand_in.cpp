#include "sync/stand_in.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "sync/header_fields.hpp"

namespace outmap::sync {
namespace {

constexpr std::size_t largest = 16384;
constexpr std::string_view subject = "Retrieval using the IMAP4 protocol failed for the following message: ";
constexpr std::string_view sender = "Microsoft Exchange";

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_stand_in(std::string_view message) {
  // Of nearly all messages no more than this is looked at.
  if (message.size() > largest || message.find(subject) == std::string_view::npos) return false;
  const auto fields = fields_of(message);
  const auto about = field_body(fields, "SUBJECT");
  if (!about || !about->starts_with(subject) || !is_number(std::string_view(*about).substr(subject.size())))
    return false;
  auto from = field_body(fields, "FROM").value_or("");
  if (from.starts_with('"')) from.erase(0, 1);
  return from.starts_with(sender) && !field_body(fields, "RECEIVED");
}

}  // namespace outmap::sync
