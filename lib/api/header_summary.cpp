#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "mime/encoded_word.hpp"
#include "outmap/store.hpp"

namespace outmap {
namespace {

// What a list can show of one field; the rest is cut off.
constexpr std::size_t longest_field = 16384;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// The line at the front, which is removed with its end (CRLF or LF).
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Blanks at a fold become one.
void append_folded(std::string& value, std::string_view line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  if (line.empty() || value.size() >= longest_field) return;
  if (!value.empty()) value += ' ';
  value += line.substr(0, longest_field - value.size());
}

class fields {
 public:
  explicit fields(header_summary& out) : out_(out) {}

  // Of several fields of one name the first counts.
  std::string* find(std::string_view name) {
    for (auto& field : known_) {
      if (!same_name(field.name, name)) continue;
      return std::exchange(field.seen, true) ? nullptr : field.value;
    }
    return nullptr;
  }

 private:
  struct field {
    std::string_view name;
    std::string* value;
    bool seen = false;
  };
  header_summary& out_;
  field known_[4] = {
      {"From", &out_.from}, {"Subject", &out_.subject}, {"Date", &out_.date}, {"Message-ID", &out_.message_id}};
};

}  // namespace

header_summary summarize(std::string_view header) {
  header_summary out;
  fields known(out);
  std::string* current = nullptr;
  while (!header.empty()) {
    const auto line = take_line(header);
    if (line.empty()) break;
    if (is_blank(line.front())) {
      if (current != nullptr) append_folded(*current, line);
      continue;
    }
    const auto colon = line.find(':');
    auto name = line.substr(0, colon);
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
    current = colon == std::string_view::npos ? nullptr : known.find(name);
    if (current != nullptr) append_folded(*current, line.substr(colon + 1));
  }
  out.from = mime::decode_words(out.from);
  out.subject = mime::decode_words(out.subject);
  return out;
}

}  // namespace outmap
