// The names of message files: a message is known by its content.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/records.hpp"
#include "outmap/export.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

/// The first 12 octets of a body's SHA-256: the part of it that a file name carries.
using content_key = std::array<unsigned char, 12>;
content_key key_of(const cache::digest& body);

/// What a name says of its file.
struct message_name {
  content_key key{};
  std::uint32_t copy = 0;  ///< tells messages of equal content in one folder apart
  std::string base;        ///< the name without Maildir's info
  std::string info;        ///< the letters behind ":2,"; empty for eml
};

/// eml:     <YYYYMMDDThhmmssZ>-<24 hexadecimal digits>[-<copy>].eml
/// Maildir: <Unix seconds>.<24 hexadecimal digits>[_<copy>].outmap
/// The date is the INTERNALDATE, 00000000T000000Z or 0 where there is none or none between the years 1970 and 9999.
std::string base_name(export_format format, const std::optional<internal_date>& date, const content_key& key,
                      std::uint32_t copy);

/// Reads such a name back, whatever its date; what a mail program added to a Maildir name (",U=7:2,S") is borne.
/// Nothing if the name is not one of ours.
std::optional<message_name> parse_name(export_format format, std::string_view name);

/// Maildir's letters for the system flags, in ASCII order: D draft, F flagged, R answered, S seen, T deleted.
std::string info_letters(const flag_set& flags);

/// `current` with the letters DFRST replaced by those of `flags`; other letters stay.
std::string updated_info(std::string_view current, const flag_set& flags);

}  // namespace outmap::archive
