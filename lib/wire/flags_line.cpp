#include "wire/flags_line.hpp"

#include <cstddef>

#include "outmap/types.hpp"
#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

// Goes through a line as long as it is what is expected.
class expecting {
 public:
  explicit expecting(std::string_view line) : rest_(line) {}

  bool text(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  /// Of at most nine digits, which no 32 bits are too few for.
  bool nz_number(std::uint32_t& out) {
    constexpr std::size_t most_digits = 9;
    std::size_t at = 0;
    std::uint32_t value = 0;
    for (; at < rest_.size() && grammar::is_digit(rest_[at]); ++at) {
      if (at == most_digits) return false;
      value = value * 10 + static_cast<std::uint32_t>(rest_[at] - '0');
    }
    rest_.remove_prefix(at);
    out = value;
    return value != 0;
  }

  bool system_flag(std::uint8_t& flags) {
    const auto take = [&](std::string_view name, outmap::system_flag f) {
      if (!text(name)) return false;
      flags |= static_cast<std::uint8_t>(f);
      return true;
    };
    using f = outmap::system_flag;
    switch (rest_.size() > 2 ? rest_[2] : '\0') {
      case 'e': return take("\\Seen", f::seen) || take("\\Deleted", f::deleted);
      case 'n': return take("\\Answered", f::answered);
      case 'l': return take("\\Flagged", f::flagged);
      case 'r': return take("\\Draft", f::draft);
      default: return false;
    }
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<flags_line> usual_flags_line(std::string_view line) {
  expecting in(line);
  flags_line out;
  if (!in.text("* ") || !in.nz_number(out.number) || !in.text(" FETCH (UID ") || !in.nz_number(out.uid) ||
      !in.text(" FLAGS (")) {
    return std::nullopt;
  }
  if (!in.text(")")) {
    // How many a list may hold is the grammar's affair.
    int left = 5;
    do {
      if (left-- == 0 || !in.system_flag(out.flags)) return std::nullopt;
    } while (in.text(" "));
    if (!in.text(")")) return std::nullopt;
  }
  return in.text(")") && in.at_end() ? std::optional(out) : std::nullopt;
}

}  // namespace outmap::wire
