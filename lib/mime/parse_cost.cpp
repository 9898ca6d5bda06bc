#include "mime/parse_cost.hpp"

#include <algorithm>

#include "mime/letter_case.hpp"

namespace outmap::mime {
namespace {

constexpr std::size_t most_field_octets = std::size_t{1} << 20;
constexpr std::size_t most_field_lines = 20'000;
constexpr std::size_t most_delimiters_a_part = 10;
// Of a field. GMime goes through the rest of the field for each.
constexpr std::size_t most_encoded_words = 2000;

bool same(char a, char b) { return lower(a) == b; }

bool says(std::string_view line, std::string_view lower_case) {
  return std::search(line.begin(), line.end(), lower_case.begin(), lower_case.end(), same) != line.end();
}

bool begins_with(std::string_view line, std::string_view lower_case) {
  return line.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), line.begin(), [](char b, char a) { return same(a, b); });
}

class meter {
 public:
  explicit meter(std::size_t parts) : delimiters_left_(parts * most_delimiters_a_part) {}

  /// False: the line is too much. `line` has its end.
  bool take(std::string_view line) {
    if (multipart_ && line.starts_with("--")) {
      in_fields_ = true;
      message_ = false;
      return delimiters_left_-- > 0;
    }
    if (!in_fields_) return true;
    if (line == "\n" || line == "\r\n") {
      // The fields of a message within the message follow those of its part.
      in_fields_ = message_ || digest_;
      message_ = false;
      return lines_left_-- > 0;
    }
    note_field(line);
    if (line.size() > octets_left_ || lines_left_ == 0 || words_ > most_encoded_words) return false;
    octets_left_ -= line.size();
    --lines_left_;
    return true;
  }

 private:
  void note_field(std::string_view line) {
    if (line.front() != ' ' && line.front() != '\t') {
      in_type_ = begins_with(line, "content-type");
      words_ = 0;
    }
    for (auto at = line.find("=?"); at != std::string_view::npos; at = line.find("=?", at + 2)) ++words_;
    if (!in_type_) return;
    message_ = message_ || says(line, "message");
    digest_ = digest_ || says(line, "digest");
    multipart_ = multipart_ || says(line, "multipart");
  }

  std::size_t octets_left_ = most_field_octets;
  std::size_t lines_left_ = most_field_lines;
  std::size_t delimiters_left_;
  std::size_t words_ = 0;
  bool in_fields_ = true;
  bool in_type_ = false;
  bool message_ = false;    // the part is one
  bool digest_ = false;     // parts may be messages without saying so
  bool multipart_ = false;  // there are delimiters
};

}  // namespace

std::size_t affordable(std::string_view message, std::size_t parts) {
  meter cost(parts);
  std::size_t at = 0;
  while (at < message.size()) {
    const auto end = std::min(message.find('\n', at), message.size() - 1) + 1;
    if (!cost.take(message.substr(at, end - at))) return at;
    at = end;
  }
  return at;
}

}  // namespace outmap::mime
