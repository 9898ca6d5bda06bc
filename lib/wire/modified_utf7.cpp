#include "wire/modified_utf7.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr std::array<std::int8_t, 256> base64_values = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();

constexpr bool is_surrogate(std::uint32_t c) { return c >= 0xd800 && c < 0xe000; }
constexpr bool is_printable_ascii(std::uint32_t c) { return c >= 0x20 && c < 0x7f; }
constexpr bool is_ascii_ctl(std::uint32_t c) { return c < 0x20 || c == 0x7f; }

// Takes one character from the front; nothing if that is not valid UTF-8.
std::optional<std::uint32_t> take_utf8(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  if (lead < 0xc2 || lead > 0xf4) return std::nullopt;
  const std::size_t octets = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < octets) return std::nullopt;
  std::uint32_t value = lead & (0x7fu >> octets);
  for (std::size_t i = 1; i < octets; ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if ((octet & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (octet & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[octets] || value > 0x10ffff || is_surrogate(value)) return std::nullopt;
  text.remove_prefix(octets);
  return value;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// A run of modified base64, written 16 bits at a time.
class shifted_run {
 public:
  explicit shifted_run(std::string& out) : out_(out) {}

  void character(std::uint32_t c) {
    if (!open_) out_ += '&';
    open_ = true;
    if (c < 0x10000) {
      unit(c);
    } else {
      unit(0xd800 + ((c - 0x10000) >> 10));
      unit(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }

  void close() {
    if (!open_) return;
    if (bits_ > 0) out_ += alphabet[held_ << (6 - bits_) & 0x3f];
    out_ += '-';
    held_ = 0;
    bits_ = 0;
    open_ = false;
  }

 private:
  void unit(std::uint32_t value) {
    held_ = (held_ << 16 | value) & 0x3fffff;
    bits_ += 16;
    for (; bits_ >= 6; bits_ -= 6) out_ += alphabet[held_ >> (bits_ - 6) & 0x3f];
  }

  std::string& out_;
  std::uint32_t held_ = 0;
  int bits_ = 0;
  bool open_ = false;
};

// UTF-16 units to UTF-8, refusing what needs no shift.
class unit_reader {
 public:
  explicit unit_reader(std::string& out) : out_(out) {}

  /// What is wrong with the unit, or nullptr.
  const char* take(std::uint32_t unit) {
    const bool low = unit >= 0xdc00 && unit < 0xe000;
    if (high_ != 0) {
      if (!low) return "an unpaired surrogate";
      append_utf8(out_, 0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00));
      high_ = 0;
      return nullptr;
    }
    if (low) return "an unpaired surrogate";
    if (is_surrogate(unit)) {
      high_ = unit;
      return nullptr;
    }
    if (is_printable_ascii(unit)) return "an encoded character that must stand for itself";
    if (is_ascii_ctl(unit)) return "a control character";
    append_utf8(out_, unit);
    return nullptr;
  }

  [[nodiscard]] const char* finish() const { return high_ != 0 ? "an unpaired surrogate" : nullptr; }

 private:
  std::string& out_;
  std::uint32_t high_ = 0;
};

// The octets between "&" and "-", at least one.
const char* decode_run(std::string_view run, std::string& out) {
  unit_reader units(out);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : run) {
    const auto value = base64_values[static_cast<unsigned char>(c)];
    if (value < 0) return "an octet outside modified base64";
    held = (held << 6 | static_cast<std::uint32_t>(value)) & 0x3fffff;
    bits += 6;
    if (bits < 16) continue;
    bits -= 16;
    if (const auto* wrong = units.take(held >> bits & 0xffff)) return wrong;
  }
  if (bits >= 6) return "a base64 run of impossible length";
  if ((held & ((1u << bits) - 1)) != 0) return "padding bits that are not zero";
  return units.finish();
}

tl::unexpected<error> refused(const char* what, std::size_t at) {
  auto e =
      error(errc::malformed_response, "a mailbox name has " + std::string(what) + " at octet " + std::to_string(at));
  e.reach = scope::folder;
  return tl::unexpected<error>(std::move(e));
}

}  // namespace

result<std::string> encode_modified_utf7(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  shifted_run run(out);
  auto rest = utf8;
  while (!rest.empty()) {
    const auto at = utf8.size() - rest.size();
    const auto c = take_utf8(rest);
    if (!c) return fail(errc::unencodable, "a mailbox name is not valid UTF-8 at octet " + std::to_string(at));
    if (is_ascii_ctl(*c))
      return fail(errc::unencodable, "a mailbox name has a control character at octet " + std::to_string(at));
    if (!is_printable_ascii(*c)) {
      run.character(*c);
      continue;
    }
    run.close();
    out += static_cast<char>(*c);
    if (*c == '&') out += '-';
  }
  run.close();
  return out;
}

result<std::string> decode_modified_utf7(std::string_view wire) {
  std::string out;
  out.reserve(wire.size());
  std::size_t last_run_end = std::string_view::npos;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    const char c = wire[i];
    if (grammar::is_8bit(c)) return refused("an 8-bit octet", i);
    if (grammar::is_ctl(c)) return refused("a control character", i);
    if (c != '&') {
      out += c;
      continue;
    }
    const auto close = wire.find('-', i + 1);
    if (close == std::string_view::npos) return refused("a shift that is not closed", i);
    if (close == i + 1) {
      out += '&';
    } else {
      if (i == last_run_end) return refused("a shift directly behind another", i);
      if (const auto* wrong = decode_run(wire.substr(i + 1, close - i - 1), out)) return refused(wrong, i);
      last_run_end = close + 1;
    }
    i = close;
  }
  return out;
}

std::string display_name(std::string_view wire) {
  auto decoded = decode_modified_utf7(wire);
  return decoded ? std::move(*decoded) : std::string(wire);
}

}  // namespace outmap::wire
