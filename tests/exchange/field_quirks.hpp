// Misbehaviours that were met in the field and stand in no document. Each has a name and can be switched on for a
// while.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hooks.hpp"

namespace outmap::exchange {

enum class field_quirk {
  stray_text,
  blank_lines,
  line_after_ok,
  stray_continuation,
  tabs_in_names,
  trailing_spaces,
  missing_text,
  fetch_no_data,
  listing_no_data,
  stale_star,
  numbers_above_exists,
  shrinking_exists,
  server_unavailable,
  not_connected,
  bye_at_greeting,
  bye_before,
  bye_between,
  bye_after,
  cut_literal,
  error_in_ok,
  throttled,
  placeholder,
};

struct field_quirk_entry {
  field_quirk id;
  std::string_view name;  ///< in scenarios: "stray-text"
  std::string_view what;  ///< one line for people
};

/// All of them, in the order of the enumeration.
std::span<const field_quirk_entry> field_quirk_table();
std::optional<field_quirk> field_quirk_named(std::string_view name);

/// One quirk switched on, and where it shows.
struct quirk_use {
  field_quirk which = field_quirk::stray_text;
  std::string command = {};                    ///< "UID FETCH"; empty: every command
  std::string mailbox = {};                    ///< selected one, UTF-8; empty: any or none
  std::vector<std::uint32_t> uids = {};        ///< for quirks of single messages; empty: all
  std::optional<unsigned> times = {};          ///< commands that show it; nothing: until it is switched off
  std::string text = {};                       ///< instead of the usual words, without CRLF
  std::chrono::milliseconds back_off{15'000};  ///< of `throttled`
};

/// Thread-safe. A command sees what is switched on when it begins.
class field_quirks {
 public:
  void on(quirk_use use);
  /// All uses of that quirk.
  void off(field_quirk which);
  void off();
  [[nodiscard]] bool any(field_quirk which) const;

  struct active {
    std::uint64_t id = 0;
    quirk_use use;
    bool shown = false;
  };
  /// For a session: what concerns this command.
  [[nodiscard]] std::vector<active> concerning(const command_seen& command) const;
  /// For a session: the command showed it; one less of `times`.
  void shown(std::uint64_t id);

 private:
  mutable std::mutex mutex_;
  std::vector<active> uses_;
  std::uint64_t next_ = 1;
};

}  // namespace outmap::exchange
