#include "cache/received_date.hpp"

#include "core/date_field.hpp"

namespace outmap::cache {

std::optional<internal_date> received_date(reader& from, folder_id folder, const message_record& message) {
  if (message.date || !message.header_digest) return message.date;
  const auto header = from.header(folder, message.uid);
  return header ? date_of_header(*header) : std::nullopt;
}

}  // namespace outmap::cache
