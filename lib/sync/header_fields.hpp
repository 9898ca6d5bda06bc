// The fields of a message's header, where they stand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::sync {

/// Views into the header it was read from. A line that is no field has an empty name and stands in `raw` alone.
struct header_field {
  std::string_view name;
  std::string_view raw;   ///< name, colon, body, folding and the last line end
  std::string_view body;  ///< behind the colon, without the last line end; folding is in it
};

/// The fields in their order (RFC 5322 2.2), up to the first empty line or the end. Lines end with CRLF or LF. Linear.
std::vector<header_field> fields_of(std::string_view header);

/// Line ends go, runs of blanks become one space, the ends are trimmed.
std::string unfolded(std::string_view body);

/// The body of the first field of that name, unfolded. `upper_name` is in capitals.
std::optional<std::string> field_body(const std::vector<header_field>& fields, std::string_view upper_name);

/// "type/subtype; name=value": the word before the first semicolon in lower case, comments and blanks left out.
struct parameterised_body {
  std::string word;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case, values without their quotes
  [[nodiscard]] std::optional<std::string> parameter(std::string_view lower_name) const;
};
/// Of an unfolded Content-Type or Content-Disposition body (RFC 2045 5.1). What is no parameter is passed over.
parameterised_body parse_parameters(std::string_view body);

}  // namespace outmap::sync
