#include "archive/import_names.hpp"

#include <algorithm>
#include <utility>

#include "archive/local_name.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::archive {
namespace {

/// No part of modified UTF-7's base64, no wildcard of LIST, and what servers use first.
constexpr std::string_view possible_delimiters = "/.\\^|~!:;=@#$_";

std::string joined(const std::vector<std::string>& levels, char delimiter) {
  std::string out;
  for (const auto& level : levels) {
    if (&level != &levels.front()) out += delimiter;
    out += level;
  }
  return out;
}

/// The level as it stands in a name on the wire.
result<std::string> wire_level(std::string_view level) { return wire::encode_modified_utf7(level); }

/// In one of its levels, where Maildir++ puts a dot between them.
bool is_told_apart(std::string_view name) {
  for (auto end = name.find('.'); end != std::string_view::npos; end = name.find('.', end + 1)) {
    if (has_digest_suffix(name.substr(0, end))) return true;
  }
  return has_digest_suffix(name);
}

}  // namespace

bool comes_before(std::string_view a, std::string_view b) {
  return std::pair(is_told_apart(a), a) < std::pair(is_told_apart(b), b);
}

std::string import_names::plain_level(const std::vector<std::string>& parents, std::string_view level,
                                      char* made_with) const {
  auto plain = component_of(level);
  if (has_digest_suffix(level) && local_name(plain) != level) {
    const auto end = digest_suffix({}).size();
    auto shorter = level;
    shorter.remove_suffix(end);
    const auto suffix = level.substr(shorter.size());
    while (shorter.ends_with(suffix)) shorter.remove_suffix(end);
    const auto before = component_of(shorter);
    auto whole = parents;
    if (auto wire = wire_level(before)) {
      whole.push_back(std::move(*wire));
      for (const char d : possible_delimiters) {
        if (digest_suffix(joined(whole, d)) != suffix) continue;
        if (made_with != nullptr && !parents.empty()) *made_with = d;
        plain = before;
        break;
      }
    }
  }
  const auto wire = wire_level(plain);
  return !wire || plain.empty() ? std::string(level) : plain;
}

void import_names::look_at(const std::vector<std::string>& levels) {
  std::vector<std::string> parents;
  for (const auto& level : levels) {
    char made_with = 0;
    const auto plain = plain_level(parents, level, &made_with);
    if (made_with != 0) made_with_.insert(made_with);
    const auto wire = wire_level(plain);
    if (!wire) return;
    for (const char c : *wire) used_.insert(c);
    parents.push_back(*wire);
  }
}

void import_names::choose_delimiter(std::optional<char> known) {
  const auto is_free = [&](char c) { return !used_.contains(c); };
  const auto made = std::find_if(made_with_.begin(), made_with_.end(), is_free);
  const auto any = std::find_if(possible_delimiters.begin(), possible_delimiters.end(), is_free);
  delimiter_ = known ? *known : made != made_with_.end() ? *made : any != possible_delimiters.end() ? *any : '/';
}

result<mailbox_name> import_names::mailbox(const std::vector<std::string>& levels) const {
  std::vector<std::string> whole;
  for (std::string_view rest = above_; !rest.empty();) {
    const auto end = std::min(rest.find('/'), rest.size());
    auto wire = wire_level(rest.substr(0, end));
    if (!wire) return tl::unexpected(std::move(wire.error()));
    whole.push_back(std::move(*wire));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto below = static_cast<std::ptrdiff_t>(whole.size());
  for (const auto& level : levels) {
    auto wire = wire_level(plain_level({whole.begin() + below, whole.end()}, level));
    if (wire && wire->find(delimiter_) != std::string::npos) wire = wire_level(level);
    if (!wire) return tl::unexpected(std::move(wire.error()));
    if (wire->empty() || wire->find(delimiter_) != std::string::npos) {
      return fail(errc::unencodable, "a folder whose name no mailbox can have");
    }
    whole.push_back(std::move(*wire));
  }
  if (whole.empty()) return mailbox_name("INBOX");
  return mailbox_name(joined(whole, delimiter_));
}

}  // namespace outmap::archive
