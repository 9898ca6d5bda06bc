#include "sync/header_fields.hpp"

#include <algorithm>
#include <utility>

#include "wire/grammar.hpp"

namespace outmap::sync {
namespace {

namespace grammar = wire::grammar;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string lower_cased(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::size_t line_end(std::string_view text, std::size_t from) {
  const auto at = text.find('\n', from);
  return at == std::string_view::npos ? text.size() : at + 1;
}

// Reads the words of a structured body.
class word_reader {
 public:
  explicit word_reader(std::string_view text) : rest_(text) {}

  void skip_blanks() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == '(')) {
      if (rest_.front() != '(') {
        rest_.remove_prefix(1);
      } else {
        skip_comment();
      }
    }
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string value() {
    skip_blanks();
    return !rest_.empty() && rest_.front() == '"' ? quoted() : word("; \t\r\n(");
  }
  std::string word(std::string_view ends) {
    skip_blanks();
    const auto end = std::min(rest_.find_first_of(ends), rest_.size());
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return out;
  }
  void skip_to_semicolon() {
    while (!rest_.empty() && rest_.front() != ';') {
      if (rest_.front() == '"') {
        quoted();
      } else {
        rest_.remove_prefix(1);
      }
    }
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  void skip_comment() {
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(std::min<std::size_t>(rest_.size(), c == '\\' ? 2 : 1));
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) return;
    }
  }
  std::string quoted() {
    std::string out;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return out;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<header_field> fields_of(std::string_view header) {
  std::vector<header_field> out;
  for (std::size_t at = 0; at < header.size();) {
    auto end = line_end(header, at);
    const auto first = header.substr(at, end - at);
    if (first == "\n" || first == "\r\n") break;
    while (end < header.size() && grammar::is_blank(header[end])) end = line_end(header, end);
    header_field one;
    one.raw = header.substr(at, end - at);
    const auto colon = one.raw.find(':');
    auto name = one.raw.substr(0, colon == std::string_view::npos ? 0 : colon);
    while (!name.empty() && grammar::is_blank(name.back())) name.remove_suffix(1);
    const bool named = !name.empty() && std::none_of(name.begin(), name.end(), is_space);
    if (named) {
      one.name = name;
      one.body = one.raw.substr(colon + 1);
      if (one.body.ends_with('\n')) one.body.remove_suffix(1);
      if (one.body.ends_with('\r')) one.body.remove_suffix(1);
    }
    out.push_back(one);
    at = end;
  }
  return out;
}

std::string unfolded(std::string_view body) {
  std::string out;
  for (const char c : body) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::string> field_body(const std::vector<header_field>& fields, std::string_view upper_name) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [&](const header_field& f) { return grammar::is_word(f.name, upper_name); });
  if (at == fields.end()) return std::nullopt;
  return unfolded(at->body);
}

std::optional<std::string> parameterised_body::parameter(std::string_view lower_name) const {
  const auto at =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.first == lower_name; });
  if (at == parameters.end()) return std::nullopt;
  return at->second;
}

parameterised_body parse_parameters(std::string_view body) {
  parameterised_body out;
  word_reader in(body);
  out.word = lower_cased(in.word("; \t\r\n("));
  while (true) {
    in.skip_to_semicolon();
    if (!in.take(';')) return out;
    auto name = lower_cased(in.word("=; \t\r\n("));
    if (!in.take('=')) continue;
    auto value = in.value();
    if (!name.empty()) out.parameters.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace outmap::sync
