#include "cli/account_source.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "cli/locations.hpp"
#include "cli/nearest.hpp"

namespace outmap::cli {
namespace {

namespace fs = std::filesystem;

std::string names_of(const std::vector<account_entry>& entries) {
  std::string out;
  for (const auto& e : entries) out += (out.empty() ? "" : ", ") + e.config.name;
  return out;
}

result<account_entry> pick(std::vector<account_entry> entries, const std::string& name, const fs::path& file) {
  std::vector<std::string_view> known;
  for (auto& e : entries) {
    if (e.config.name == name) return std::move(e);
    known.push_back(e.config.name);
  }
  return fail(errc::invalid_argument, "no account '" + name + "' in " + file.string() + did_you_mean(name, known));
}

result<std::vector<account_entry>> from_file(const account_options& options, how_many wanted) {
  const fs::path file = options.config.empty() ? default_config_file() : fs::path(options.config);
  std::error_code ignored;
  if (file.empty() || (options.config.empty() && !fs::exists(file, ignored))) {
    const std::string where = file.empty() ? "a configuration file (--config)" : file.string();
    return fail(errc::invalid_argument,
                "no account: give --url imaps://user@host, or describe your accounts in " + where);
  }
  auto entries = read_accounts(file);
  if (!entries) return entries;
  if (!options.name.empty()) {
    auto one = pick(std::move(*entries), options.name, file);
    if (!one) return tl::unexpected(one.error());
    std::vector<account_entry> out;
    out.push_back(std::move(*one));
    return out;
  }
  if (entries->empty())
    return fail(errc::config_invalid, file.string() + ": describes no account; begin with [account.NAME]");
  if (wanted == how_many::one && entries->size() > 1) {
    return fail(errc::invalid_argument, "which account? Pick one with --account: " + names_of(*entries));
  }
  return entries;
}

result<std::vector<account_entry>> entries_of(const account_options& options, how_many wanted) {
  if (options.url.empty()) return from_file(options, wanted);
  if (!options.name.empty()) return fail(errc::invalid_argument, "--url and --account exclude each other");
  auto config = account_from_url(options.url);
  if (!config) return fail(errc::invalid_argument, "--url: " + config.error().detail);
  std::vector<account_entry> out(1);
  out.front().config = std::move(*config);
  return out;
}

// Options that make no sense for more than one account.
result<void> check_several(const shared_options& options) {
  const std::array<std::pair<const char*, bool>, 4> personal = {
      {{"--cache", !options.account.cache.empty()},
       {"--fingerprint", !options.connection.fingerprint.empty()},
       {"--password-command", !options.connection.password_command.empty()},
       {"--password-file", !options.connection.password_file.empty()}}};
  for (const auto& [name, given] : personal) {
    if (given)
      return fail(errc::invalid_argument, std::string(name) + " belongs to one account: pick it with --account");
  }
  return {};
}

// The transcript would be appended to what the run reads or writes.
result<void> check_trace(const std::string& trace, const chosen_account& a) {
  if (trace.empty()) return {};
  for (const auto& other : {a.config.cache, a.config.ca_file, a.password.file}) {
    std::error_code ignored;
    if (!other.empty() && (fs::path(trace) == other || fs::equivalent(trace, other, ignored)))
      return fail(errc::invalid_argument, "--trace: " + trace + " is used for something else in this run");
  }
  return {};
}

fs::path cache_of(const account_entry& entry, const account_options& options) {
  if (!options.cache.empty()) return options.cache;
  return entry.config.cache.empty() ? default_cache_file(entry.config.name) : entry.config.cache;
}

password_source source_for(const account_entry& entry, const connection_options& options, bool alone,
                           const std::optional<secret>& environment) {
  if (!options.password_command.empty()) return {options.password_command, {}, std::nullopt};
  if (!options.password_file.empty()) return {{}, options.password_file, std::nullopt};
  if (alone && environment) return {{}, {}, environment};
  return {entry.password_command, entry.password_file, std::nullopt};
}

}  // namespace

result<void> apply(const connection_options& options, account_config& to) {
  if (!options.password_command.empty() && !options.password_file.empty()) {
    return fail(errc::invalid_argument, "--password-command and --password-file exclude each other");
  }
  if (!options.ca_file.empty()) to.ca_file = options.ca_file;
  if (!options.fingerprint.empty()) {
    auto normal = normal_fingerprint(options.fingerprint);
    if (!normal) return fail(errc::invalid_argument, "--fingerprint: " + normal.error().detail);
    to.fingerprint = std::move(*normal);
  }
  if (options.timeout) to.timeout = *options.timeout;
  if (options.auth) to.auth.allowed = *options.auth;
  if (options.plaintext) to.auth.plaintext = *options.plaintext;
  if (options.ntlm) to.auth.ntlm = *options.ntlm;
  return {};
}

result<std::vector<chosen_account>> choose_accounts(const shared_options& options, how_many wanted,
                                                    const std::optional<secret>& environment_password) {
  auto entries = entries_of(options.account, wanted);
  if (!entries) return tl::unexpected(entries.error());
  const bool alone = entries->size() == 1;
  if (auto ok = alone ? result<void>() : check_several(options); !ok) return tl::unexpected(ok.error());
  std::vector<chosen_account> out;
  for (auto& entry : *entries) {
    chosen_account a;
    a.password = source_for(entry, options.connection, alone, environment_password);
    auto cache = cache_of(entry, options.account);
    a.config = std::move(entry.config);
    a.config.cache = std::move(cache);
    a.folders = std::move(entry.folders);
    if (auto ok = apply(options.connection, a.config); !ok) return tl::unexpected(ok.error());
    if (auto ok = check_trace(options.output.trace, a); !ok) return tl::unexpected(ok.error());
    out.push_back(std::move(a));
  }
  return out;
}

result<std::vector<chosen_cache>> choose_caches(const shared_options& options, how_many wanted) {
  const auto& a = options.account;
  if (!a.cache.empty() && a.url.empty() && a.name.empty()) return std::vector<chosen_cache>{{{}, a.cache}};
  auto entries = entries_of(a, wanted);
  if (!entries) return tl::unexpected(entries.error());
  std::vector<chosen_cache> out;
  for (const auto& entry : *entries) {
    auto file = cache_of(entry, a);
    if (file.empty()) return fail(errc::invalid_argument, "no home folder is known: name the cache with --cache");
    out.push_back({entry.config.name, std::move(file)});
  }
  return out;
}

}  // namespace outmap::cli
