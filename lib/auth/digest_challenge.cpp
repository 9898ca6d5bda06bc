#include "auth/digest_challenge.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "auth/unicode.hpp"

namespace outmap::auth {
namespace {

tl::unexpected<error> malformed(const std::string& what) {
  return fail(errc::malformed_response, "DIGEST-MD5 challenge: " + what);
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// RFC 2616 2.2: token.
bool is_token(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

void skip_white(std::string_view& rest) {
  while (!rest.empty() && is_white(rest.front())) rest.remove_prefix(1);
}

std::string_view take_token(std::string_view& rest) {
  const auto end = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_token) - rest.begin());
  const auto token = rest.substr(0, end);
  rest.remove_prefix(end);
  return token;
}

// `rest` begins with the opening quote.
result<std::string> take_quoted(std::string_view& rest, const std::string& name) {
  rest.remove_prefix(1);
  std::string out;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\') rest.remove_prefix(1);
    if (rest.empty()) break;
    const auto octet = static_cast<unsigned char>(rest.front());
    if (octet < 0x20 || octet == 0x7f) return malformed("control character in \"" + name + "\"");
    out.push_back(rest.front());
    rest.remove_prefix(1);
  }
  if (rest.empty()) return malformed("quoted string of \"" + name + "\" has no end");
  rest.remove_prefix(1);
  return out;
}

result<digest_directive> take_directive(std::string_view& rest) {
  digest_directive out;
  out.name = lower(take_token(rest));
  if (out.name.empty()) return malformed("a directive without a name");
  skip_white(rest);
  if (rest.empty() || rest.front() != '=') return malformed("no \"=\" after \"" + out.name + "\"");
  rest.remove_prefix(1);
  skip_white(rest);
  if (!rest.empty() && rest.front() == '"') {
    auto value = take_quoted(rest, out.name);
    if (!value) return tl::unexpected(value.error());
    out.value = *std::move(value);
  } else {
    out.value = take_token(rest);
    if (out.value.empty()) return malformed("\"" + out.name + "\" has no value");
  }
  skip_white(rest);
  if (!rest.empty() && rest.front() != ',') return malformed("no comma after \"" + out.name + "\"");
  return out;
}

// Everything but realm and unknown directives stands once at most.
bool may_repeat(const std::string& name) {
  constexpr std::string_view once[] = {"nonce", "qop", "stale", "maxbuf", "charset", "algorithm", "cipher"};
  return std::find(std::begin(once), std::end(once), name) == std::end(once);
}

bool offers_auth(std::string_view qop) {
  while (!qop.empty()) {
    const auto comma = std::min(qop.find(','), qop.size());
    auto option = qop.substr(0, comma);
    skip_white(option);
    while (!option.empty() && is_white(option.back())) option.remove_suffix(1);
    if (lower(option) == "auth") return true;
    qop.remove_prefix(std::min(comma + 1, qop.size()));
  }
  return false;
}

result<void> check_maxbuf(std::string_view digits) {
  const bool number = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || !number) return malformed("maxbuf is no number");
  return {};
}

result<void> check_utf8(const std::vector<std::string>& realms) {
  for (const auto& realm : realms) {
    if (auto good = utf16le_from_utf8(realm, "realm"); !good) return malformed("a realm is not UTF-8");
  }
  return {};
}

}  // namespace

result<std::vector<digest_directive>> parse_digest_directives(std::string_view text) {
  std::vector<digest_directive> out;
  while (true) {
    while (!text.empty() && (is_white(text.front()) || text.front() == ',')) text.remove_prefix(1);
    if (text.empty()) return out;
    auto directive = take_directive(text);
    if (!directive) return tl::unexpected(directive.error());
    out.push_back(*std::move(directive));
  }
}

result<digest_challenge> parse_digest_challenge(std::string_view text) {
  if (text.size() > largest_digest_challenge) {
    return fail(errc::limit_exceeded, "DIGEST-MD5 challenge: " + std::to_string(text.size()) + " octets");
  }
  auto directives = parse_digest_directives(text);
  if (!directives) return tl::unexpected(directives.error());
  if (directives->empty()) return malformed("empty");

  digest_challenge out;
  std::map<std::string, std::string> values;
  for (auto& directive : *directives) {
    if (directive.name == "realm") {
      out.realms.push_back(std::move(directive.value));
    } else if (!values.emplace(directive.name, std::move(directive.value)).second && !may_repeat(directive.name)) {
      return malformed("\"" + directive.name + "\" comes twice");
    }
  }
  const auto value = [&values](const char* name) -> const std::string* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  };

  if (value("nonce") == nullptr) return malformed("no nonce");
  out.nonce = *value("nonce");
  if (out.nonce.empty()) return malformed("empty nonce");
  if (value("algorithm") == nullptr) return malformed("no algorithm");
  if (lower(*value("algorithm")) != "md5-sess")
    return fail(errc::mechanism_failed, "DIGEST-MD5: algorithm not md5-sess");
  if (const auto* charset = value("charset")) {
    if (lower(*charset) != "utf-8") return malformed("charset is not utf-8");
    out.utf8 = true;
    if (auto good = check_utf8(out.realms); !good) return tl::unexpected(good.error());
  }
  if (const auto* maxbuf = value("maxbuf")) {
    if (auto good = check_maxbuf(*maxbuf); !good) return tl::unexpected(good.error());
  }
  if (const auto* qop = value("qop"); qop != nullptr && !offers_auth(*qop)) {
    return fail(errc::mechanism_failed, "DIGEST-MD5: the server insists on a security layer");
  }
  return out;
}

result<std::string> parse_digest_rspauth(std::string_view text) {
  if (text.size() > largest_digest_challenge) {
    return fail(errc::limit_exceeded, "DIGEST-MD5 rspauth: " + std::to_string(text.size()) + " octets");
  }
  auto directives = parse_digest_directives(text);
  if (!directives) return tl::unexpected(directives.error());
  std::string out;
  for (auto& directive : *directives) {
    if (directive.name != "rspauth") continue;
    if (!out.empty()) return malformed("\"rspauth\" comes twice");
    out = lower(directive.value);
    if (out.size() != 32) return malformed("rspauth has not 32 digits");
  }
  if (out.empty()) return malformed("no rspauth");
  return out;
}

}  // namespace outmap::auth
