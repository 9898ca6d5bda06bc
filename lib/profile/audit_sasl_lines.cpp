#include "profile/audit_sasl_lines.hpp"

#include <algorithm>
#include <cstdint>

#include "outmap/secret.hpp"
#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;

constexpr std::size_t most_kept = 8192;

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (wire::grammar::is_digit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// As far as it is base64.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) break;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

}  // namespace

void audit_sasl_lines::judge_ntlm(std::string_view message, audit_findings& to) const {
  constexpr std::size_t type_at = 8;
  constexpr std::size_t flags_at = 12;
  constexpr unsigned datagram = 0x40;
  using namespace std::literals;
  if (lines_ == 1 && (!message.starts_with("NTLMSSP\0"sv) || message.size() <= type_at || message[type_at] != 1)) {
    to.add({rule::ntlm_first_message}, "the first line of AUTHENTICATE NTLM is no NEGOTIATE message");
  } else if (lines_ == 1 && message.size() > flags_at &&
             (static_cast<unsigned char>(message[flags_at]) & datagram) != 0) {
    to.add({rule::ntlm_flags}, "the NEGOTIATE message asks for datagram authentication");
  }
}

void audit_sasl_lines::judge(audit_findings& to) {
  ++lines_;
  cancels_ = front_ == "*";
  if (cancels_ || front_ == "<secret>") return;
  const bool whole_groups = octets_ % 4 == 0;
  if (!base64_ || !whole_groups) {
    to.add({rule::sasl_line, rule::sasl_base64}, "a line inside AUTHENTICATE is not base64 alone");
    return;
  }
  auto message = decoded(front_);
  if (mechanism_ == "NTLM") judge_ntlm(message, to);
  if (mechanism_ == "DIGEST-MD5" && message.find("qop=") != std::string::npos) {
    const auto qop = message.substr(message.find("qop=") + 4);
    if (!qop.starts_with("auth,") && qop != "auth" && !qop.starts_with("\"auth\"")) {
      to.add({rule::no_security_layer}, "DIGEST-MD5 with a security layer (a qop other than auth)");
    }
  }
  wipe(message);
}

bool audit_sasl_lines::add(const audit_line& line, audit_findings& to) {
  if (front_.capacity() < most_kept) front_.reserve(most_kept);
  octets_ += line.text.size();
  front_ += line.text.substr(0, std::min(line.text.size(), most_kept - std::min(most_kept, front_.size())));
  const auto padding = line.text.find('=');
  const auto body = line.text.substr(0, padding);
  base64_ = base64_ && std::all_of(body.begin(), body.end(), [](char c) { return value_of(c) >= 0; });
  if (padding != std::string_view::npos) {
    base64_ = base64_ && line.text.size() - padding <= 2 &&
              line.text.find_first_not_of('=', padding) == std::string_view::npos;
  }
  if (line.end == line_end::none) return false;
  judge(to);
  if (line.end == line_end::lf) to.add({rule::strict_sender}, "a line ends in LF without CR");
  wipe(front_);
  front_.clear();
  octets_ = 0;
  base64_ = true;
  return true;
}

}  // namespace outmap::profile
