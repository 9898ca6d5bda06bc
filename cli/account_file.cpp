#include "cli/account_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>

#include "cli/locations.hpp"
#include "cli/nearest.hpp"
#include "cli/options.hpp"
#include "cli/small_file.hpp"
#include "cli/sync_policy.hpp"

namespace outmap::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 20;

std::vector<std::string_view> known_keys() {
  std::vector<std::string_view> out;
  for (const auto& row : account_keys()) out.push_back(row.name);
  return out;
}

// Reads one file and keeps the first error of it.
class entry_reader {
 public:
  explicit entry_reader(const fs::path& file) : file_(file) {}

  tl::unexpected<error> at(const toml::source_region& where, const std::string& what) const {
    return fail(errc::config_invalid, file_.string() + ":" + std::to_string(where.begin.line) + ":" +
                                          std::to_string(where.begin.column) + ": " + what);
  }

  result<account_entry> read(const toml::key& name, const toml::table& table);

 private:
  result<void> take(const toml::key& key, const toml::node& value);
  result<void> take_connection(const toml::key& key, const toml::node& value);
  result<void> take_policy(const toml::key& key, const toml::node& value);
  result<void> take_mailboxes(const toml::key& key, const toml::node& value);
  result<void> take_sync(const toml::key& key, const toml::node& value);
  result<void> take_source(const toml::key& key, const toml::node& value);
  result<void> settle(const toml::table& table);

  result<std::string> text(const toml::key& key, const toml::node& value) const;
  // The place of the value in a list of two.
  result<std::size_t> choice(const toml::key& key, const toml::node& value,
                             const std::array<std::string_view, 2>& of) const;
  result<std::vector<std::string>> texts(const toml::key& key, const toml::node& value) const;
  result<std::uint16_t> port(const toml::node& value) const;
  result<unsigned> connections(const toml::node& value) const;
  result<std::chrono::milliseconds> timeout(const toml::node& value) const;
  result<fs::path> path(const toml::key& key, const toml::node& value) const;

  // Puts what `read` made of the value to its place.
  template <class T, class U>
  static result<void> put(result<T> got, U& into) {
    if (!got) return tl::unexpected(std::move(got.error()));
    into = std::move(*got);
    return {};
  }

  // Gives an error of a reader of options a place in the file.
  template <class T>
  result<T> placed(const toml::key& key, const toml::node& value, result<T> got) const {
    if (!got) return at(value.source(), std::string(key.str()) + ": " + got.error().detail);
    return got;
  }

  const fs::path& file_;
  account_entry entry_;
  bool has_url_ = false;
  std::string user_;
};

std::string_view kind_of(const toml::node& value) {
  switch (value.type()) {
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::array: return "an array";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

result<std::string> entry_reader::text(const toml::key& key, const toml::node& value) const {
  const auto* const s = value.as_string();
  if (s == nullptr)
    return at(value.source(), std::string(key.str()) + ": must be a string, not " + std::string(kind_of(value)));
  if (s->get().empty()) return at(value.source(), std::string(key.str()) + ": is empty");
  if (s->get().find('\0') != std::string::npos) return at(value.source(), std::string(key.str()) + ": holds a NUL");
  return s->get();
}

result<std::size_t> entry_reader::choice(const toml::key& key, const toml::node& value,
                                         const std::array<std::string_view, 2>& of) const {
  const auto got = text(key, value);
  if (!got) return tl::unexpected(got.error());
  const auto found = std::find(of.begin(), of.end(), *got);
  if (found != of.end()) return static_cast<std::size_t>(found - of.begin());
  return at(value.source(), std::string(key.str()) + ": '" + *got + "' is neither " + std::string(of[0]) + " nor " +
                                std::string(of[1]) + did_you_mean(*got, of));
}

result<std::vector<std::string>> entry_reader::texts(const toml::key& key, const toml::node& value) const {
  std::vector<std::string> out;
  const auto* const list = value.as_array();
  if (list == nullptr) {
    if (value.is_string()) {
      auto one = text(key, value);
      if (!one) return tl::unexpected(one.error());
      return std::vector<std::string>{std::move(*one)};
    }
    return at(value.source(),
              std::string(key.str()) + ": must be an array of strings, not " + std::string(kind_of(value)));
  }
  for (const auto& element : *list) {
    auto one = text(key, element);
    if (!one) return tl::unexpected(one.error());
    out.push_back(std::move(*one));
  }
  return out;
}

result<std::uint16_t> entry_reader::port(const toml::node& value) const {
  const auto* const n = value.as_integer();
  if (n == nullptr || n->get() < 1 || n->get() > 65535)
    return at(value.source(), "port: must be an integer from 1 to 65535");
  return static_cast<std::uint16_t>(n->get());
}

result<unsigned> entry_reader::connections(const toml::node& value) const {
  const auto* const n = value.as_integer();
  if (n == nullptr || n->get() < 1 || n->get() > account_config::most_connections) {
    return at(value.source(),
              "connections: must be an integer from 1 to " + std::to_string(account_config::most_connections));
  }
  return static_cast<unsigned>(n->get());
}

result<std::chrono::milliseconds> entry_reader::timeout(const toml::node& value) const {
  const auto seconds = value.is_number() ? value.value<double>() : std::nullopt;
  if (!seconds) return at(value.source(), "timeout: must be a number of seconds, not " + std::string(kind_of(value)));
  auto got = timeout_from(*seconds);
  if (!got) return at(value.source(), "timeout: " + got.error().detail);
  return got;
}

result<fs::path> entry_reader::path(const toml::key& key, const toml::node& value) const {
  auto got = text(key, value);
  if (!got) return tl::unexpected(got.error());
  return expanded(*got, fs::absolute(file_).parent_path());
}

result<void> entry_reader::take_connection(const toml::key& key, const toml::node& value) {
  auto& c = entry_.config;
  const std::string_view name = key.str();
  if (name == "port") return put(port(value), c.port);
  auto got = text(key, value);
  if (!got) return tl::unexpected(got.error());
  if (name == "user") user_ = *got;
  if (name == "host") c.host = *got;
  if (name == "tls") {
    static constexpr std::array<std::string_view, 3> modes = {"implicit", "starttls", "none"};
    const auto mode = std::find(modes.begin(), modes.end(), *got);
    if (mode == modes.end())
      return at(value.source(), "tls: '" + *got + "' is none of implicit, starttls, none" + did_you_mean(*got, modes));
    c.tls = static_cast<tls_mode>(mode - modes.begin());
  }
  return {};
}

result<void> entry_reader::take_policy(const toml::key& key, const toml::node& value) {
  auto& c = entry_.config;
  const std::string_view name = key.str();
  if (name == "timeout") return put(timeout(value), c.timeout);
  if (name == "connections") return put(connections(value), c.connections);
  if (name == "pipelining") {
    const auto* const yes = value.as_boolean();
    if (yes == nullptr)
      return at(value.source(), "pipelining: must be true or false, not " + std::string(kind_of(value)));
    c.pipelining = yes->get();
    return {};
  }
  if (name == "auth") {
    auto list = texts(key, value);
    if (!list) return tl::unexpected(list.error());
    return put(placed(key, value, mechanisms_from(*list)), c.auth.allowed);
  }
  if (name == "received_date") {
    return put(
        choice(key, value, {"internal", "header"}).map([](std::size_t i) { return static_cast<received_date>(i); }),
        c.received);
  }
  auto got = text(key, value);
  if (!got) return tl::unexpected(got.error());
  if (name == "plaintext") return put(placed(key, value, plaintext_from(*got)), c.auth.plaintext);
  if (name == "ntlm") return put(placed(key, value, ntlm_from(*got)), c.auth.ntlm);
  // fingerprint
  auto normal = normal_fingerprint(*got);
  if (!normal) return at(value.source(), normal.error().detail);
  c.fingerprint = std::move(*normal);
  return {};
}

result<void> entry_reader::take_mailboxes(const toml::key& key, const toml::node& value) {
  auto& c = entry_.config;
  const std::string_view name = key.str();
  if (name == "tree") {
    return put(choice(key, value, {"all", "subscribed"}).map([](std::size_t i) { return static_cast<folder_mode>(i); }),
               c.folders);
  }
  if (name == "logout")
    return put(choice(key, value, {"at-once", "wait"}).map([](std::size_t i) { return i == 1; }), c.wait_for_logout);
  return put(text(key, value), name == "principal" ? c.principal : c.root_folder);
}

result<void> entry_reader::take_sync(const toml::key& key, const toml::node& value) {
  auto& c = entry_.config;
  const std::string_view name = key.str();
  // Numbers stand without quotation marks.
  const auto* const number = value.as_integer();
  const auto got = number != nullptr ? result<std::string>(std::to_string(number->get())) : text(key, value);
  if (!got) return tl::unexpected(got.error());
  if (name == "bodies") return put(placed(key, value, body_mode_from(*got)), c.bodies);
  if (name == "max_delete") return put(placed(key, value, deletion_limit_from(*got)), c.deletions);
  return put(placed(key, value, keep_expunged_from(*got)), c.keep_expunged);
}

result<void> entry_reader::take_source(const toml::key& key, const toml::node& value) {
  const std::string_view name = key.str();
  if (name == "folder") return put(texts(key, value), entry_.folders.include);
  if (name == "exclude") return put(texts(key, value), entry_.folders.exclude);
  if (name == "cache") return put(path(key, value), entry_.config.cache);
  if (name == "ca_file") return put(path(key, value), entry_.config.ca_file);
  if (name == "password_file") return put(path(key, value), entry_.password_file);
  return put(text(key, value), entry_.password_command);
}

result<void> entry_reader::take(const toml::key& key, const toml::node& value) {
  static constexpr std::array<std::string_view, 4> connection = {"host", "port", "tls", "user"};
  static constexpr std::array<std::string_view, 8> policy = {
      "timeout", "auth", "plaintext", "ntlm", "received_date", "fingerprint", "connections", "pipelining"};
  static constexpr std::array<std::string_view, 4> mailboxes = {"principal", "tree", "root_folder", "logout"};
  static constexpr std::array<std::string_view, 3> sync = {"bodies", "max_delete", "keep_expunged"};
  const auto among = [&](auto& names) { return std::find(names.begin(), names.end(), key.str()) != names.end(); };
  if (key.str() == "password") {
    return at(key.source(),
              "a password may not stand in this file: use password_command, or password_file with a file that only you "
              "can read");
  }
  const auto known = known_keys();
  if (!among(known)) {
    // A suggestion of "password" would lead from one error to the next.
    return at(key.source(), "unknown key '" + std::string(key.str()) + "'" +
                                did_you_mean(key.str(), std::span(known).first(known.size() - 1)));
  }
  if (key.str() == "url") return {};  // read before all others
  if (among(connection)) return take_connection(key, value);
  if (among(policy)) return take_policy(key, value);
  if (among(sync)) return take_sync(key, value);
  if (among(mailboxes)) return take_mailboxes(key, value);
  return take_source(key, value);
}

result<void> entry_reader::settle(const toml::table& table) {
  if (has_url_) {
    for (const std::string_view beside : {"host", "port", "tls"}) {
      if (const auto* const twice = table.get(beside))
        return at(twice->source(), std::string(beside) + ": stands in the url already");
    }
    if (!user_.empty() && !entry_.config.user.empty())
      return at(table.get("user")->source(), "user: stands in the url already");
  }
  if (!user_.empty()) entry_.config.user = user_;
  if (entry_.config.host.empty())
    return at(table.source(), "[account." + entry_.config.name + "]: url or host is missing");
  if (!entry_.password_command.empty() && !entry_.password_file.empty()) {
    return at(table.get("password_file")->source(), "password_file: there is a password_command already");
  }
  if (auto ok = validate(entry_.config); !ok)
    return at(table.source(), "[account." + entry_.config.name + "]: " + ok.error().detail);
  return {};
}

// Keys in the order of the file, so that the first error is the first to be told.
std::vector<std::pair<const toml::key*, const toml::node*>> in_order(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> out;
  for (auto it = table.cbegin(); it != table.cend(); ++it) out.emplace_back(&it->first, &it->second);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    const auto x = a.first->source().begin;
    const auto y = b.first->source().begin;
    return x.line != y.line ? x.line < y.line : x.column < y.column;
  });
  return out;
}

result<account_entry> entry_reader::read(const toml::key& name, const toml::table& table) {
  if (name.str().empty()) return at(name.source(), "an account's name is empty");
  if (const auto* const url = table.get("url")) {
    auto got = url->is_string()
                   ? account_from_url(url->as_string()->get())
                   : fail(errc::config_invalid, "URL: must be a string, not " + std::string(kind_of(*url)));
    if (!got) return at(url->source(), "url: " + got.error().detail);
    entry_.config = std::move(*got);
    has_url_ = true;
  }
  entry_.config.name = std::string(name.str());
  for (const auto& [key, value] : in_order(table)) {
    if (auto ok = take(*key, *value); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = settle(table); !ok) return tl::unexpected(ok.error());
  return std::move(entry_);
}

// The parser and its tables call themselves once a level of a dotted key, without a bound. Gives the place where a
// chain of names with dots between them is longer than any that means something.
std::optional<toml::source_position> too_deep_key(std::string_view text) {
  constexpr std::size_t deepest = 64;
  toml::source_position at{1, 0};
  std::size_t dots = 0;
  bool behind_dot = true;  // no name stands here yet that a dot could follow
  for (const char c : text) {
    ++at.column;
    if (c == '\n') at = {at.line + 1, 0};
    if (c == ' ' || c == '\t') continue;
    if (c == '.' && !behind_dot) {
      behind_dot = true;
      if (++dots > deepest) return at;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    const bool of_name = (octet >= '0' && octet <= '9') || ((octet | 0x20U) >= 'a' && (octet | 0x20U) <= 'z') ||
                         c == '_' || c == '-' || c == '"' || c == '\'' || octet >= 0x80;
    behind_dot = !of_name;
    if (!of_name) dots = 0;
  }
  return std::nullopt;
}

}  // namespace

result<std::vector<account_entry>> parse_accounts(std::string_view text, const fs::path& file) {
  const entry_reader whole(file);
  if (const auto deep = too_deep_key(text)) return whole.at({*deep, *deep, nullptr}, "a key has too many dots");
  toml::table parsed;
  // The library that Debian ships reports by exception only.
  try {
    parsed = toml::parse(text);
  } catch (const toml::parse_error& e) {
    return whole.at(e.source(), std::string(e.description()));
  }
  std::vector<account_entry> out;
  for (const auto& [key, value] : in_order(parsed)) {
    static constexpr std::array<std::string_view, 1> top = {"account"};
    const bool password = key->str() == "password";
    if (key->str() != "account") {
      return whole.at(key->source(),
                      password ? "a password may not stand in this file; and settings belong below [account.NAME]"
                               : "unknown key '" + std::string(key->str()) + "'; settings belong below [account.NAME]" +
                                     did_you_mean(key->str(), top));
    }
    if (!value->is_table()) return whole.at(value->source(), "account: must be a table: [account.NAME]");
    for (const auto& [name, entry] : in_order(*value->as_table())) {
      if (!entry->is_table()) {
        return whole.at(name->source(), "'" + std::string(name->str()) + "' must stand below [account.NAME]");
      }
      auto got = entry_reader(file).read(*name, *entry->as_table());
      if (!got) return tl::unexpected(got.error());
      out.push_back(std::move(*got));
    }
  }
  return out;
}

result<std::vector<account_entry>> read_accounts(const fs::path& file) {
  auto content = read_small_file(file, largest_file);
  if (!content) return tl::unexpected(content.error());
  if (content->writable_by_others) {
    return fail(
        errc::config_invalid,
        file.string() + ": every user of this machine may change it, and it can name commands to run; chmod o-w it");
  }
  return parse_accounts(content->octets, file);
}

}  // namespace outmap::cli
