// The header of a message or part taken apart into its fields (RFC 5322 section 2.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::exchange {

/// One field. Both refer to the header they came from.
struct header_field {
  std::string_view name;   ///< without the colon
  std::string_view whole;  ///< name, value and all its lines with CRLF
};

/// Octets of the header with the empty line that ends it.
std::size_t header_size(std::string_view octets);

/// In order. Lines that belong to no field are passed over.
std::vector<header_field> header_fields(std::string_view header);

/// The value unfolded and without white space at its ends.
std::string unfolded_value(const header_field& field);

/// The first field of that name; nothing when there is none.
std::optional<std::string> field_value(const std::vector<header_field>& fields, std::string_view name);

/// A structured value: the word before the first ';', and the parameters, names as written. Comments are dropped.
struct parameter_value {
  std::string word;
  std::vector<std::pair<std::string, std::string>> parameters;
};
parameter_value parse_parameters(std::string_view value);

}  // namespace outmap::exchange
