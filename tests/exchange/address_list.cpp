#include "address_list.hpp"

#include <algorithm>
#include <utility>

namespace outmap::exchange {

namespace {

/// A cursor over one value. Hostile input ends at its end, whatever it holds.
class address_reader {
 public:
  explicit address_reader(std::string_view text) : text_(text) {}

  std::string all() {
    std::string out;
    while (at_ < text_.size()) {
      collect(",;:<");
      const char stop = at_ < text_.size() ? text_[at_++] : ',';
      if (stop == ':') {
        out += "(NIL NIL " + nstring(phrase_, false) + " NIL)";
        in_group_ = true;
      } else if (stop == '<') {
        out += angle_address();
      } else {
        // An address without angles; its comment serves as the name, as of old.
        if (!compact_.empty()) out += address(comment_, compact_);
        if (stop == ';' && std::exchange(in_group_, false)) out += "(NIL NIL NIL NIL)";
      }
      clear();
    }
    if (in_group_) out += "(NIL NIL NIL NIL)";
    return out.empty() ? "NIL" : "(" + out + ")";
  }

 private:
  void clear() {
    phrase_.clear();
    compact_.clear();
    comment_.clear();
  }

  void comment() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        comment_ += text_[++at_];
      } else if (text_[at_] == '(') {
        // The last of several comments counts.
        if (depth++ == 0) {
          comment_.clear();
        } else {
          comment_ += '(';
        }
      } else if (text_[at_] == ')') {
        if (--depth == 0) {
          ++at_;
          return;
        }
        comment_ += ')';
      } else {
        comment_ += text_[at_];
      }
    }
  }

  void quoted() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      phrase_ += text_[at_];
      compact_ += text_[at_];
    }
    at_ += at_ < text_.size() ? 1 : 0;
  }

  /// What stands before one of `stops`, as a phrase with single spaces and as an address without any.
  void collect(std::string_view stops) {
    while (at_ < text_.size() && stops.find(text_[at_]) == std::string_view::npos) {
      const char c = text_[at_];
      if (c == '(') {
        comment();
      } else if (c == '"') {
        quoted();
      } else if (c == ' ' || c == '\t') {
        if (!phrase_.empty() && phrase_.back() != ' ') phrase_ += ' ';
        ++at_;
      } else {
        phrase_ += c;
        compact_ += c;
        ++at_;
      }
    }
    while (phrase_.ends_with(' ')) phrase_.pop_back();
  }

  std::string angle_address() {
    const std::string name = phrase_.empty() ? comment_ : phrase_;
    clear();
    collect(">");
    at_ += at_ < text_.size() ? 1 : 0;
    // A source route "@one,@two:" is passed over.
    const std::size_t route = compact_.starts_with('@') ? compact_.find(':') : std::string::npos;
    const std::string spec = route == std::string::npos ? compact_ : compact_.substr(route + 1);
    clear();
    // Up to the comma or the end of the group belongs to this address.
    collect(",;");
    if (at_ < text_.size() && text_[at_] == ',') ++at_;
    return address(name, spec);
  }

  static std::string address(std::string_view name, std::string_view spec) {
    const std::size_t at = spec.rfind('@');
    const std::string_view mailbox = spec.substr(0, at);
    const std::string_view host = at == std::string_view::npos ? std::string_view() : spec.substr(at + 1);
    return "(" + nstring(name, true) + " NIL " + nstring(mailbox, false) + " " + nstring(host, false) + ")";
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_group_ = false;
  std::string phrase_;
  std::string compact_;
  std::string comment_;
};

}  // namespace

std::string nstring(std::string_view text, bool nil_when_empty) {
  if (text.empty() && nil_when_empty) return "NIL";
  constexpr std::size_t longest_quoted = 1000;
  const bool quotable = text.size() <= longest_quoted && std::ranges::all_of(text, [](char c) {
                          return static_cast<unsigned char>(c) < 128 && c != '\0' && c != '\r' && c != '\n';
                        });
  if (!quotable) return "{" + std::to_string(text.size()) + "}\r\n" + std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string envelope_addresses(std::string_view value) { return address_reader(value).all(); }

}  // namespace outmap::exchange
