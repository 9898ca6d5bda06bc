#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <string_view>

#include "cli/nearest.hpp"

namespace outmap::cli {
namespace {

constexpr std::string_view account_group = "Account";
constexpr std::string_view connection_group = "Connection and login";
constexpr std::string_view output_group = "Output";

// CLI11 takes an error as an exception; program.cpp turns it back into a usage error.
template <class T>
T value_or_throw(const std::string& option, result<T> got) {
  if (!got) throw CLI::ValidationError(option, got.error().detail);
  return std::move(*got);
}

CLI::Option* text_option(CLI::App& app, const std::string& name, std::string& into, const std::string& help,
                         const std::string& type, std::string_view group) {
  auto* const option = app.add_option_function<std::string>(
      name,
      [name, &into](const std::string& value) {
        if (value.empty()) throw CLI::ValidationError(name, "the value is empty");
        into = value;
      },
      help);
  return option->type_name(type)->group(std::string(group))->take_last();
}

// CLI11 would take --json=anything for a number and end in std::stoll.
void flag(CLI::App& app, const std::string& name, std::function<void(std::int64_t)> action, const std::string& help) {
  app.add_flag_function(name, std::move(action), help)->group(std::string(output_group))->disable_flag_override();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (;;) {
    const auto comma = text.find(',', begin);
    out.push_back(text.substr(begin, comma == std::string::npos ? comma : comma - begin));
    if (comma == std::string::npos) return out;
    begin = comma + 1;
  }
}

void declare_account(CLI::App& app, account_options& into) {
  text_option(app, "--config", into.config, "Configuration file (default: outmap/outmap.toml in the XDG config folder)",
              "FILE", account_group);
  text_option(app, "--account", into.name, "The account of that name in the configuration file", "NAME", account_group);
  text_option(
      app, "--url", into.url,
      "imaps://user@host[:port], imap://… (STARTTLS) or imap+plain://… (no TLS), instead of the configuration file",
      "URL", account_group);
  text_option(app, "--cache", into.cache, "Cache file (default: outmap/ACCOUNT.outmap in the XDG data folder)", "FILE",
              account_group);
}

void declare_connection(CLI::App& app, connection_options& into, std::string_view group) {
  text_option(app, "--ca-file", into.ca_file, "Trust these certification authorities (PEM) too", "FILE", group);
  text_option(app, "--fingerprint", into.fingerprint, "Accept exactly the certificate with this SHA-256 fingerprint",
              "HEX", group);
  app.add_option_function<std::string>(
         "--timeout",
         [&into](const std::string& s) { into.timeout = value_or_throw("--timeout", timeout_from_text(s)); },
         "Longest wait for any answer, fractions allowed (default 60)")
      ->type_name("SECONDS")
      ->group(std::string(group))
      ->take_last();
  app.add_option_function<std::string>(
         "--auth", [&into](const std::string& s) { into.auth = value_or_throw("--auth", mechanisms_from(split(s))); },
         "Login methods to allow, of ntlm,digest-md5,plain,login; the strongest that the server offers comes first")
      ->type_name("LIST")
      ->group(std::string(group))
      ->take_last();
  app.add_option_function<std::string>(
         "--plaintext",
         [&into](const std::string& s) { into.plaintext = value_or_throw("--plaintext", plaintext_from(s)); },
         "Where the password may cross the wire readable: tls-only (default) or allowed")
      ->type_name("WHERE")
      ->group(std::string(group))
      ->take_last();
  app.add_option_function<std::string>(
         "--ntlm", [&into](const std::string& s) { into.ntlm = value_or_throw("--ntlm", ntlm_from(s)); },
         "NTLM version: v2 (default), v1-extended or v1")
      ->type_name("VERSION")
      ->group(std::string(group))
      ->take_last();
  text_option(app, "--password-command", into.password_command,
              "Take the password from the first line that this shell command prints", "COMMAND", group);
  text_option(app, "--password-file", into.password_file, "Take the password from the first line of this file", "FILE",
              group);
}

void declare_output(CLI::App& app, output_options& into) {
  const std::string group(output_group);
  flag(
      app, "--json", [&into](std::int64_t) { into.json = true; },
      "One JSON object a line on standard output; the last is the result");
  flag(
      app, "-q,--quiet", [&into](std::int64_t) { into.quiet = true; }, "Only errors and what the server must tell you");
  flag(
      app, "-v,--verbose", [&into](std::int64_t n) { into.verbosity += static_cast<int>(n); },
      "Say more; twice: still more");
  app.add_option_function<std::string>(
         "--progress",
         [&into](const std::string& mode) {
           static constexpr std::array<std::string_view, 3> modes = {"auto", "plain", "none"};
           if (mode == modes[0])
             into.progress = progress_mode::automatic;
           else if (mode == modes[1])
             into.progress = progress_mode::plain;
           else if (mode == modes[2])
             into.progress = progress_mode::none;
           else
             throw CLI::ValidationError("--progress",
                                        "'" + mode + "' is none of auto, plain, none" + did_you_mean(mode, modes));
         },
         "auto (default): a bar on a terminal, else plain: a line an account; none")
      ->type_name("MODE")
      ->group(group)
      ->take_last();
  text_option(app, "--trace", into.trace,
              "Append the transcript of the connection to this file, without secrets and message texts", "FILE",
              output_group);
  flag(
      app, "--trace-bodies", [&into](std::int64_t) { into.trace_bodies = true; },
      "Message texts in the transcript too");
}

}  // namespace

void declare_shared(CLI::App& app, shared_options& into, bool uses_network) {
  declare_account(app, into.account);
  // CLI11 leaves options without a group out of the help.
  declare_connection(app, into.connection, uses_network ? connection_group : std::string_view());
  declare_output(app, into.output);
}

void patterns_option(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help,
                     const std::string& group) {
  const auto add = [name, &into](const std::string& pattern) {
    if (pattern.empty()) throw CLI::ValidationError(name, "the pattern is empty");
    into.push_back(pattern);
  };
  app.add_option_function<std::vector<std::string>>(
         name, [add](const std::vector<std::string>& given) { std::for_each(given.begin(), given.end(), add); }, help)
      ->type_name("GLOB")
      ->allow_extra_args(false)
      ->group(group);
}

result<std::uint64_t> number_from(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t out = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, out);
  if (problem != std::errc() || stopped != end || out < least || out > most) {
    return fail(errc::invalid_argument,
                "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return out;
}

result<std::chrono::milliseconds> timeout_from_text(std::string_view text) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, seconds);
  // The value is not repeated: it may be a secret in the wrong place.
  if (problem != std::errc() || stopped != end) seconds = 0;
  return timeout_from(seconds);
}

result<std::chrono::milliseconds> timeout_from(double seconds) {
  constexpr double shortest = 0.1;
  constexpr double longest = 86'400;
  if (!(seconds >= shortest && seconds <= longest))
    return fail(errc::invalid_argument, "must be a number from 0.1 to 86400 seconds");
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

result<std::vector<mechanism>> mechanisms_from(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 4> known = {"ntlm", "digest-md5", "plain", "login"};
  std::vector<mechanism> out;
  for (const auto& name : names) {
    const auto m = mechanism_from(name);
    if (!m)
      return fail(errc::invalid_argument,
                  "'" + name + "' is none of ntlm, digest-md5, plain, login" + did_you_mean(name, known));
    if (std::find(out.begin(), out.end(), *m) == out.end()) out.push_back(*m);
  }
  if (out.empty())
    return fail(errc::invalid_argument, "no login method is left; name at least one of ntlm, digest-md5, plain, login");
  return out;
}

result<plaintext_policy> plaintext_from(const std::string& text) {
  static constexpr std::array<std::string_view, 2> known = {"tls-only", "allowed"};
  if (text == known[0]) return plaintext_policy::tls_only;
  if (text == known[1]) return plaintext_policy::allowed;
  return fail(errc::invalid_argument, "'" + text + "' is neither tls-only nor allowed" + did_you_mean(text, known));
}

result<ntlm_version> ntlm_from(const std::string& text) {
  static constexpr std::array<std::string_view, 3> known = {"v2", "v1-extended", "v1"};
  if (text == known[0]) return ntlm_version::v2;
  if (text == known[1]) return ntlm_version::v1_extended_session;
  if (text == known[2]) return ntlm_version::v1;
  return fail(errc::invalid_argument, "'" + text + "' is none of v2, v1-extended, v1" + did_you_mean(text, known));
}

}  // namespace outmap::cli
