#include "field_quirks.hpp"

#include <algorithm>
#include <array>

#include "ascii.hpp"

namespace outmap::exchange {

std::span<const field_quirk_entry> field_quirk_table() {
  using q = field_quirk;
  static constexpr std::array<field_quirk_entry, 22> table = {{
      {q::stray_text, "stray-text", "a line that is no response before each response"},
      {q::blank_lines, "blank-lines", "an empty line before each response"},
      {q::line_after_ok, "line-after-ok", "a line without tag behind the tagged OK"},
      {q::stray_continuation, "stray-continuation", "a continuation request that nobody asked for"},
      {q::tabs_in_names, "tabs-in-names", "a mailbox name with a TAB goes out unquoted"},
      {q::trailing_spaces, "trailing-spaces", "two spaces at the end of each response"},
      {q::missing_text, "missing-text", "nothing behind the OK of a tagged response"},
      {q::fetch_no_data, "fetch-no-data", "a FETCH of message texts is answered OK, without a word of them"},
      {q::listing_no_data, "listing-no-data", "a FETCH of anything is answered OK, without a word of it"},
      {q::stale_star, "stale-star", "n:* gives the old last message although EXISTS grew"},
      {q::numbers_above_exists, "numbers-above-exists", "FETCH responses carry numbers above EXISTS"},
      {q::shrinking_exists, "shrinking-exists", "messages vanish by a smaller EXISTS, without EXPUNGE"},
      {q::server_unavailable, "server-unavailable", "a good log-on is answered NO Server Unavailable. 15"},
      {q::not_connected, "not-connected", "after the log-on: BAD User is authenticated but not connected."},
      {q::bye_at_greeting, "bye-at-greeting", "BYE and the end instead of the greeting"},
      {q::bye_before, "bye-before", "BYE and the end instead of an answer"},
      {q::bye_between, "bye-between", "BYE and the end behind the first response of an answer"},
      {q::bye_after, "bye-after", "BYE and the end behind the tagged response"},
      {q::cut_literal, "cut-literal", "the connection ends in the middle of a message"},
      {q::error_in_ok, "error-in-ok", "the OK of the log-on carries [Error=\"...\" Proxy=...]"},
      {q::throttled, "throttled", "BAD with a time to wait instead of an answer"},
      {q::placeholder, "placeholder", "a text about the failure in place of a message"},
  }};
  return table;
}

std::optional<field_quirk> field_quirk_named(std::string_view name) {
  for (const field_quirk_entry& entry : field_quirk_table()) {
    if (entry.name == name) return entry.id;
  }
  return std::nullopt;
}

void field_quirks::on(quirk_use use) {
  const std::lock_guard lock(mutex_);
  uses_.push_back({next_++, std::move(use), false});
}

void field_quirks::off(field_quirk which) {
  const std::lock_guard lock(mutex_);
  std::erase_if(uses_, [&](const active& one) { return one.use.which == which; });
}

void field_quirks::off() {
  const std::lock_guard lock(mutex_);
  uses_.clear();
}

bool field_quirks::any(field_quirk which) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(uses_, [&](const active& one) { return one.use.which == which; });
}

std::vector<field_quirks::active> field_quirks::concerning(const command_seen& command) const {
  const std::lock_guard lock(mutex_);
  std::vector<active> found;
  for (const active& one : uses_) {
    const bool here = one.use.mailbox.empty() || one.use.mailbox == command.mailbox;
    if (here && (one.use.command.empty() || same_word(one.use.command, command.name))) found.push_back(one);
  }
  return found;
}

void field_quirks::shown(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto it = std::ranges::find(uses_, id, &active::id);
  if (it == uses_.end() || !it->use.times) return;
  if (*it->use.times <= 1) {
    uses_.erase(it);
  } else {
    --*it->use.times;
  }
}

}  // namespace outmap::exchange
