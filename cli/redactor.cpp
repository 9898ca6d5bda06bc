#include "cli/redactor.hpp"

#include <algorithm>
#include <cstdint>

namespace outmap::cli {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::string_view mask = "<secret>";

// Without padding, so that it is found in the padded form as well.
std::string base64(std::string_view octets) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve(octets.size() * 4 / 3 + 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : octets) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += digits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += digits[held << (6 - bits) & 63];
  return out;
}

// What stands of `octets` in the base64 of any text that holds them behind `before` other octets (modulo 3): the digits
// that depend on them alone.
std::string base64_within(std::string_view octets, std::size_t before) {
  std::string padded(before, '\0');
  padded.reserve(before + octets.size());
  padded.append(octets);
  auto text = base64(padded);
  wipe(padded);
  const auto first = (before * 8 + 5) / 6;
  const auto last = (before + octets.size()) * 8 / 6;
  auto out = text.substr(first, last - first);
  wipe(text);
  return out;
}

std::string as_quoted(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() * 2);
  for (const char c : octets) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string as_in_transcript(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() * 4);
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f) {
      out += c;
      continue;
    }
    out += "\\x";
    out += "0123456789abcdef"[octet >> 4];
    out += "0123456789abcdef"[octet & 15];
  }
  return out;
}

}  // namespace

void redactor::add(std::string_view form) {
  const auto known = [&](const secret& s) { return s.reveal() == form; };
  if (form.size() < shortest || std::any_of(forms_.begin(), forms_.end(), known)) return;
  const auto at =
      std::find_if(forms_.begin(), forms_.end(), [&](const secret& s) { return s.reveal().size() < form.size(); });
  forms_.insert(at, secret(form));
}

void redactor::hide(std::string_view user, const secret& password) {
  const auto octets = password.reveal();
  if (octets.size() < shortest) return;
  std::string initial;
  initial.reserve(2 + user.size() + octets.size());
  initial.append(1, '\0').append(user).append(1, '\0').append(octets);
  std::string quoted = as_quoted(octets);
  std::string texts[] = {std::string(octets),
                         quoted,
                         as_in_transcript(octets),
                         as_in_transcript(quoted),
                         base64(octets),
                         base64(initial),
                         printable(octets, octets.size()),
                         base64_within(octets, 0),
                         base64_within(octets, 1),
                         base64_within(octets, 2)};
  for (auto& text : texts) {
    add(text);
    wipe(text);
  }
  wipe(quoted);
  wipe(initial);
}

std::string redactor::clean(std::string_view text) const {
  std::string out(text);
  for (const auto& form : forms_) {
    const auto hidden = form.reveal();
    for (auto at = out.find(hidden); at != std::string::npos; at = out.find(hidden, at + mask.size()))
      out.replace(at, hidden.size(), mask);
  }
  return out;
}

error redactor::clean(error what) const {
  what.detail = clean(std::string_view(what.detail));
  what.server_text = clean(std::string_view(what.server_text));
  return what;
}

login_step redactor::clean(login_step step) const {
  step.detail = clean(std::string_view(step.detail));
  step.server_text = clean(std::string_view(step.server_text));
  return step;
}

}  // namespace outmap::cli
