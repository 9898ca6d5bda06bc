#include <fstream>
#include <iterator>

#include <sys/stat.h>

#include "ascii.hpp"
#include "mailbox_directory.hpp"
#include "scenario.hpp"
#include "scenario_behaviour.hpp"
#include "toml_reader.hpp"

namespace outmap::exchange {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_scenario = std::uintmax_t{1} << 20;
constexpr std::uint64_t most_messages = 100'000;
constexpr std::uint64_t largest_message = std::uint64_t{64} << 20;
constexpr std::uint64_t any_count = std::uint64_t{1} << 32;

flag_set read_flags(toml_reader& table) {
  flag_set flags;
  for (const std::string& word : table.texts("flags")) {
    using f = system_flag;
    bool known = false;
    for (const auto& [name, flag] : {std::pair{"\\Seen", f::seen},
                                     {"\\Answered", f::answered},
                                     {"\\Flagged", f::flagged},
                                     {"\\Deleted", f::deleted},
                                     {"\\Draft", f::draft}}) {
      if (!same_word(word, name)) continue;
      flags.set(flag);
      known = true;
    }
    if (known) continue;
    const bool keyword = word.find_first_of(" \t\r\n(){%*\"\\]") == std::string::npos;
    if (!keyword) table.wrong("flags", "'" + printable(word) + "' is no flag");
    flags.add_keyword(word);
  }
  return flags;
}

internal_date date_of(const toml::date_time& at) {
  const std::chrono::year_month_day day(std::chrono::year(at.date.year), std::chrono::month(at.date.month),
                                        std::chrono::day(at.date.day));
  const auto days = std::chrono::sys_days(day).time_since_epoch().count();
  const std::int64_t local = std::int64_t{days} * 86'400 + at.time.hour * 3'600 + at.time.minute * 60 + at.time.second;
  return {local - std::int64_t{at.offset->minutes} * 60, at.offset->minutes};
}

void read_message_file(toml_reader& table, scenario_message& what) {
  const fs::path file = fs::absolute(table.file()).parent_path() / table.text("file");
  struct ::stat about {};
  if (::stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) {
    table.wrong("file", "there is no file " + printable(file.string()));
  }
  if (static_cast<std::uint64_t>(about.st_size) > largest_message) table.wrong("file", "is larger than 64 MiB");
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) table.wrong("file", "cannot read " + printable(file.string()));
  what.octets = std::make_shared<const std::string>(with_crlf(text));
  what.file_date.unix_seconds = about.st_mtime;
}

scenario_message read_message(toml_reader& table) {
  scenario_message what;
  const bool file = table.has("file");
  const bool text = table.has("text");
  if (file && text) table.wrong("text", "there is a file already");
  if (file) read_message_file(table, what);
  if (text) what.octets = std::make_shared<const std::string>(with_crlf(table.text("text")));
  for (const char* generated : {"size", "subject"}) {
    if (what.octets && table.has(generated)) table.wrong(generated, "is for generated messages");
  }
  what.count = static_cast<std::uint32_t>(table.number("count", 1, 1, most_messages));
  what.size = static_cast<std::size_t>(table.number("size", 1'000, 0, largest_message));
  if (what.count * what.size > largest_message * 8) table.wrong("size", "all together are larger than 512 MiB");
  what.subject = table.text("subject");
  if (what.subject.find_first_of("\r\n") != std::string::npos) table.wrong("subject", "must be one line");
  what.flags = read_flags(table);
  if (const auto at = table.date("date")) what.date = date_of(*at);
  return what;
}

field_quirk read_fault_name(toml_reader& table, std::string_view key) {
  const std::string name = table.text(key);
  if (const auto which = field_quirk_named(name)) return *which;
  std::string all;
  for (const field_quirk_entry& entry : field_quirk_table()) all.append(all.empty() ? "" : ", ").append(entry.name);
  table.wrong(key, "'" + printable(name) + "' is none of " + all);
}

quirk_use read_fault(toml_reader& table, std::string_view key) {
  quirk_use use;
  use.which = read_fault_name(table, key);
  use.command = upper_cased(table.text("command"));
  use.mailbox = table.text("mailbox");
  use.uids = table.uids("uids");
  if (table.has("times")) use.times = static_cast<unsigned>(table.number("times", 1, 1, most_messages));
  use.text = table.text("text");
  if (use.text.find_first_of("\r\n") != std::string::npos) table.wrong("text", "must be one line");
  use.back_off = std::chrono::milliseconds(table.number("back_off", 15'000, 0, any_count));
  return use;
}

/// The kinds of change by the key that tells them apart.
scenario_change read_change(toml_reader& table) {
  const auto place = [&](std::string_view key) { return scenario_place{table.text("account"), table.text(key)}; };
  if (table.has("deliver")) return deliver_messages{place("deliver"), read_message(table)};
  if (table.has("expunge")) return expunge_messages{place("expunge"), table.uids("uids")};
  if (table.has("set_flags")) return set_message_flags{place("set_flags"), table.uids("uids"), read_flags(table)};
  if (table.has("revise")) {
    const auto uid = static_cast<std::uint32_t>(table.number("uid", 0, 1, any_count - 1));
    if (uid == 0) table.wrong_here("revise: uid is missing");
    return revise_message{place("revise"), uid, read_message(table)};
  }
  if (table.has("new_uidvalidity")) return change_uid_validity{place("new_uidvalidity")};
  if (table.has("create")) return create_folder{place("create")};
  if (table.has("delete")) return delete_folder{place("delete")};
  if (table.has("rename")) {
    if (!table.has("to")) table.wrong_here("rename: to is missing");
    return rename_folder{place("rename"), table.text("to")};
  }
  if (table.has("fault")) return begin_fault{read_fault(table, "fault")};
  if (table.has("end_fault")) return end_fault{read_fault_name(table, "end_fault")};
  if (table.has("drop") || table.has("stall") || table.has("delay")) {
    disturb_connection how;
    how.drop = table.flag("drop", false);
    how.stall = table.flag("stall", false);
    how.delay =
        std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(table.seconds("delay", 0) * 1000));
    return how;
  }
  table.wrong_here(
      "a change must have one of deliver, expunge, set_flags, revise, new_uidvalidity, create, delete, rename, fault, "
      "end_fault, drop, stall, delay");
}

scenario_step read_step(toml_reader& table) {
  scenario_step step;
  step.place = table.place();
  const std::string on = table.text("on");
  if (on.empty()) table.wrong_here("on is missing: \"login\", \"command\" or the name of a command");
  step.when.login = on == "login";
  if (on != "login" && on != "command") step.when.command = upper_cased(on);
  step.when.number = table.number("number", 0, 1, any_count);
  if (step.when.number != 0 && on != "command") table.wrong("number", "is for on = \"command\"");
  step.when.mailbox = table.text("mailbox");
  step.when.connection = table.number("connection", 0, 1, any_count);
  step.when.nth = table.number("nth", 1, 1, any_count);
  step.when.every = table.flag("every", false);
  for (toml_reader& change : table.tables("do")) {
    step.changes.push_back(read_change(change));
    change.done();
  }
  if (step.changes.empty()) table.wrong_here("do is missing or empty");
  table.done();
  return step;
}

scenario_folder read_folder(toml_reader& table) {
  scenario_folder folder;
  folder.place = {table.text("account"), table.text("name")};
  if (folder.place.folder.empty()) table.wrong_here("name is missing");
  folder.noselect = table.flag("noselect", false);
  folder.marked = table.flag("marked", false);
  folder.subscribed = table.flag("subscribed", true);
  for (toml_reader& one : table.tables("message")) {
    folder.messages.push_back(read_message(one));
    one.done();
  }
  if (folder.noselect && !folder.messages.empty()) table.wrong("message", "a \\Noselect folder holds none");
  table.done();
  return folder;
}

void read_personality(toml_reader& top, const std::optional<std::string>& chosen, scenario& into) {
  const std::string named = top.text("personality");
  if (!named.empty()) into.behaves = personality::by_name(named);
  if (!named.empty() && !into.behaves) top.wrong("personality", "there is none called '" + printable(named) + "'");
  if (chosen) into.behaves = personality::by_name(*chosen);
  for (toml_reader& table : top.tables("behaviour")) {
    if (!into.behaves) into.behaves = personality::generic();
    read_behaviour(table, *into.behaves);
  }
}

scenario read_all(toml_reader top, const std::optional<std::string>& chosen) {
  scenario all;
  read_personality(top, chosen, all);
  for (toml_reader& table : top.tables("account")) {
    scenario_account who{table.text("user"), secret(table.text("password"))};
    if (who.user.empty()) table.wrong_here("user is missing");
    if (!table.has("password")) table.wrong_here("password is missing");
    all.accounts.push_back(std::move(who));
    table.done();
  }
  for (toml_reader& table : top.tables("folder")) all.folders.push_back(read_folder(table));
  for (toml_reader& table : top.tables("fault")) {
    if (!table.has("name")) table.wrong_here("name is missing");
    all.faults.push_back(read_fault(table, "name"));
    table.done();
  }
  for (toml_reader& table : top.tables("step")) all.steps.push_back(read_step(table));
  top.done();
  return all;
}

}  // namespace

result<scenario> parse_scenario(std::string_view text, const fs::path& file, const std::optional<std::string>& chosen) {
  try {
    const toml::table parsed = toml::parse(text);
    return read_all(toml_reader(file, parsed), chosen);
  } catch (const toml::parse_error& problem) {
    const auto at = problem.source().begin;
    return fail(errc::config_invalid, file.string() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                                          ": " + std::string(problem.description()));
  } catch (const toml_mistake& mistake) {
    return fail(errc::config_invalid, mistake.text);
  }
}

result<scenario> read_scenario(const fs::path& file, const std::optional<std::string>& chosen) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed) return fail(errc::file_error, "cannot read " + file.string() + ": " + failed.message());
  if (size > largest_scenario) return fail(errc::file_error, file.string() + " is larger than 1 MiB");
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(errc::file_error, "cannot read " + file.string());
  return parse_scenario(text, file, chosen);
}

}  // namespace outmap::exchange
