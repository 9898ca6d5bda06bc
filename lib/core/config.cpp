#include "outmap/config.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace outmap {
namespace {

constexpr std::pair<mechanism, std::string_view> mechanism_names[] = {{mechanism::ntlm, "ntlm"},
                                                                      {mechanism::digest_md5, "digest-md5"},
                                                                      {mechanism::plain, "plain"},
                                                                      {mechanism::login, "login"}};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(errc::config_invalid, "URL: '%' must be followed by two hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

struct scheme {
  std::string_view prefix;
  tls_mode mode;
};

constexpr scheme schemes[] = {
    {"imaps://", tls_mode::implicit}, {"imap+plain://", tls_mode::none}, {"imap://", tls_mode::starttls}};

result<void> take_host_and_port(std::string_view text, account_config& into) {
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return fail(errc::config_invalid, "URL: '[' without ']'");
    into.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':')
      return fail(errc::config_invalid, "URL: only ':port' may follow the address");
    port = text.empty() ? text : text.substr(1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    into.host = text.substr(0, colon);
    port = colon < text.size() ? text.substr(colon + 1) : std::string_view{};
    if (colon + 1 == text.size()) return fail(errc::config_invalid, "URL: a port must follow ':'");
  }
  if (port.empty()) return {};
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), into.port);
  if (problem != std::errc{} || end != port.data() + port.size() || into.port == 0) {
    return fail(errc::config_invalid, "URL: the port must be a number from 1 to 65535");
  }
  return {};
}

}  // namespace

std::string_view to_string(mechanism m) noexcept {
  for (const auto& [value, name] : mechanism_names) {
    if (value == m) return name;
  }
  return "";
}

std::optional<mechanism> mechanism_from(std::string_view name) noexcept {
  for (const auto& [value, known] : mechanism_names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

result<std::string> normal_fingerprint(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':') continue;
    const int value = hex_value(c);
    if (value < 0) return fail(errc::config_invalid, "fingerprint: only hexadecimal digits and ':' may stand in it");
    out += "0123456789abcdef"[value];
  }
  if (out.size() != 64)
    return fail(errc::config_invalid, "fingerprint: a SHA-256 fingerprint has 64 hexadecimal digits");
  return out;
}

result<void> validate(const account_config& config) {
  const auto control = [](const std::string& s) { return std::any_of(s.begin(), s.end(), is_control); };
  if (config.host.empty()) return fail(errc::config_invalid, "host: is missing");
  if (config.host.size() > 253 || control(config.host) || config.host.find_first_of(" /@[]") != std::string::npos) {
    return fail(errc::config_invalid, "host: '" + config.host + "' is no host name or address");
  }
  if (control(config.user) || config.user.size() > 512)
    return fail(errc::config_invalid, "user: holds a control character or is over 512 octets");
  if (config.timeout < std::chrono::milliseconds(100) || config.timeout > std::chrono::hours(24)) {
    return fail(errc::config_invalid, "timeout: must be from 0.1 seconds to a day");
  }
  if (config.connections < 1 || config.connections > account_config::most_connections) {
    return fail(errc::config_invalid,
                "connections: must be from 1 to " + std::to_string(account_config::most_connections));
  }
  if (config.deletions.percent > 100) return fail(errc::config_invalid, "deletions: must be at most 100 per cent");
  if (control(config.principal) || config.principal.size() > 256 || config.principal.find('/') != std::string::npos) {
    return fail(errc::config_invalid,
                "principal: holds '/' or a control character or is over 256 octets (NTLM-2.2.4-01)");
  }
  const auto& allowed = config.auth.allowed;
  if (!config.principal.empty() && std::find(allowed.begin(), allowed.end(), mechanism::login) == allowed.end()) {
    return fail(errc::config_invalid,
                "principal: a delegate can only log in by 'login', which auth leaves out (NTLM-2.2.4-01)");
  }
  if (control(config.root_folder) || config.root_folder.size() > 1000) {
    return fail(errc::config_invalid, "root_folder: holds a control character or is over 1000 octets");
  }
  // The system would end the path there.
  for (const auto& [what, path] : {std::pair("ca_file", &config.ca_file), std::pair("cache", &config.cache)}) {
    if (path->native().find('\0') != std::string::npos)
      return fail(errc::config_invalid, std::string(what) + ": holds an octet of zero");
  }
  if (config.auth.allowed.empty()) return fail(errc::config_invalid, "auth: no login method is allowed");
  if (!config.fingerprint.empty()) {
    if (auto ok = normal_fingerprint(config.fingerprint); !ok) return tl::unexpected(ok.error());
  }
  return {};
}

result<account_config> account_from_url(std::string_view url) {
  const auto known = std::find_if(std::begin(schemes), std::end(schemes),
                                  [&](const scheme& s) { return url.substr(0, s.prefix.size()) == s.prefix; });
  if (known == std::end(schemes)) {
    return fail(errc::config_invalid, "URL: must start with imaps://, imap:// (STARTTLS) or imap+plain:// (no TLS)");
  }
  account_config config;
  config.tls = known->mode;
  url.remove_prefix(known->prefix.size());
  if (!url.empty() && url.back() == '/') url.remove_suffix(1);
  if (url.find_first_of("/?#") != std::string_view::npos) {
    return fail(errc::config_invalid, "URL: nothing may follow host and port");
  }
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto user = url.substr(0, at);
    if (user.find(':') != std::string_view::npos) {
      return fail(errc::config_invalid,
                  "URL: a password may not stand in it, since every user of this machine could see it");
    }
    auto decoded = percent_decoded(user);
    if (!decoded) return tl::unexpected(decoded.error());
    config.user = *decoded;
    url.remove_prefix(at + 1);
  }
  if (auto ok = take_host_and_port(url, config); !ok) return tl::unexpected(ok.error());
  config.name = config.user.empty() ? config.host : config.user + "@" + config.host;
  if (auto ok = validate(config); !ok) return tl::unexpected(ok.error());
  return config;
}

}  // namespace outmap
