#include "scenario_behaviour.hpp"

#include <array>
#include <span>

namespace outmap::exchange {

namespace {

struct switch_knob {
  std::string_view name;
  bool personality::*place;
};

constexpr std::array<switch_knob, 20> switches = {{
    {"starttls", &personality::starttls},
    {"login_disabled_plain", &personality::login_disabled_plain},
    {"login_disabled_tls", &personality::login_disabled_tls},
    {"allow_plaintext_insecure", &personality::allow_plaintext_insecure},
    {"drop_at_next_attempt", &personality::drop_at_next_attempt},
    {"bye_on_idle_timeout", &personality::bye_on_idle_timeout},
    {"ignore_invalid_args", &personality::ignore_invalid_args},
    {"lenient_commands", &personality::lenient_commands},
    {"keywords", &personality::keywords},
    {"loose_responses", &personality::loose_responses},
    {"unescaped_quotes", &personality::unescaped_quotes},
    {"names_ignore_case", &personality::names_ignore_case},
    {"rename_delimiter", &personality::rename_delimiter},
    {"subscribe_checks", &personality::subscribe_checks},
    {"bare_reference_lists", &personality::bare_reference_lists},
    {"lsub_drops_attributes", &personality::lsub_drops_attributes},
    {"push_flag_changes", &personality::push_flag_changes},
    {"revise_keeps_uid", &personality::revise_keeps_uid},
    {"seven_bit", &personality::seven_bit},
    {"regenerates_mime", &personality::regenerates_mime},
}};

template <class Value>
void choose(toml_reader& table, std::string_view key, std::initializer_list<std::pair<std::string_view, Value>> choices,
            Value& place) {
  const std::string word = table.text(key);
  if (word.empty()) return;
  std::string all;
  for (const auto& [name, value] : choices) {
    if (word == name) {
      place = value;
      return;
    }
    all.append(all.empty() ? "" : ", ").append(name);
  }
  table.wrong(key, "must be one of " + all);
}

void read_words(toml_reader& table, std::string_view key, std::vector<std::string>& place) {
  if (table.has(key)) place = table.texts(key);
}

void read_time(toml_reader& table, std::string_view key, std::chrono::milliseconds& place) {
  const double seconds = table.seconds(key, static_cast<double>(place.count()) / 1000);
  place = std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(seconds * 1000));
}

}  // namespace

void read_behaviour(toml_reader table, personality& behaves) {
  for (const switch_knob& knob : switches) behaves.*knob.place = table.flag(knob.name, behaves.*knob.place);
  behaves.nil_for_empty = table.flag("nil_for_empty", behaves.nil_for_empty);
  behaves.select_codes = table.flag("select_codes", behaves.select_codes);
  if (table.has("exact_rfc822_size")) {
    behaves.sizes = table.flag("exact_rfc822_size", false) ? size_rule::exact : size_rule::stored_until_fetched;
  }
  if (table.has("greeting")) behaves.greeting = table.text("greeting");
  if (behaves.greeting.find_first_of("\r\n") != std::string::npos) table.wrong("greeting", "must be one line");
  read_words(table, "base_capabilities", behaves.base_capabilities);
  read_words(table, "mechanisms", behaves.mechanisms);
  read_words(table, "extensions", behaves.extensions);
  read_words(table, "omitted_codes", behaves.omitted_codes);
  read_time(table, "unauth_timeout", behaves.unauth_timeout);
  read_time(table, "idle_timeout", behaves.idle_timeout);
  constexpr std::uint64_t many = 1'000'000;
  const auto number = [&](std::string_view key, auto& place) {
    place = static_cast<std::remove_reference_t<decltype(place)>>(
        table.number(key, static_cast<std::uint64_t>(place), 0, many));
  };
  number("failures_before_drop", behaves.failures_before_drop);
  number("longest_command", behaves.longest_command);
  number("deepest_name", behaves.deepest_name);
  number("longest_name", behaves.longest_name);
  number("deepest_search", behaves.deepest_search);
  number("loose_seed", behaves.loose_seed);
  const std::initializer_list<std::pair<std::string_view, refusal>> no_or_bad = {{"no", refusal::no},
                                                                                 {"bad", refusal::bad}};
  choose(table, "unsupported_mechanism", no_or_bad, behaves.unsupported_mechanism);
  choose(table, "wrong_password", no_or_bad, behaves.wrong_password);
  choose(table, "cancelled", no_or_bad, behaves.cancelled);
  const std::initializer_list<std::pair<std::string_view, exists_timing>> times = {
      {"before-ok", exists_timing::before_ok},
      {"after-ok", exists_timing::after_ok},
      {"next-command", exists_timing::next_command}};
  choose(table, "append_exists", times, behaves.append_exists);
  choose(table, "expunge_exists", times, behaves.expunge_exists);
  choose(table, "asks_for_literals",
         {{"all", literal_requests::all},
          {"not-uid-search", literal_requests::not_uid_search},
          {"not-any-search", literal_requests::not_any_search}},
         behaves.asks_for_literals);
  table.done();
}

}  // namespace outmap::exchange
