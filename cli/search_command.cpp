// outmap search: find messages in the cache.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/json_events.hpp"
#include "cli/nearest.hpp"
#include "cli/one_folder.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/table.hpp"
#include "outmap/search.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t longest_field = 300;

class search_command final : public command {
 public:
  std::string_view name() const override { return "search"; }
  std::string_view summary() const override { return "Find messages in the local cache"; }
  std::string_view examples() const override {
    return "Works without network and password. All that is asked for must hold; the newest message comes first.\n\n"
           "  word word*             in the header or the text; * stands for the rest of the word\n"
           "  'several words'        one after the other\n"
           "  from: to: subject: text: file:   in that field (file: names of attachments)\n"
           "  since:2024-03-01 before:2024-04  received then or later, earlier; also since:10d, 2w, 6m, 1y, today\n"
           "  is:unread is:flagged   also read, unflagged, answered, unanswered, draft, deleted\n"
           "  has:attachment  folder:'Projects/*'\n"
           "  not:word not:from:anna must not be there; also -word, -from:anna\n\n"
           "What is new in the cache is indexed first, into CACHE.search. That file can be deleted at any time.\n\n"
           "Examples:\n"
           "  outmap search invoice from:anna since:2024\n"
           "  outmap search 'annual report' has:attachment is:unread\n"
           "  outmap search subject:minutes folder:'Projects/*' --json";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  void prepare(std::vector<std::string>& arguments, const CLI::App& app) const override;
  outcome run(surroundings& with) override;

 private:
  result<index_report> update(mail_search& in, const std::string& label, surroundings& with) const;
  void show(const search_result& found, surroundings& with) const;

  std::vector<std::string> words_;
  std::uint64_t limit_ = 50;
  bool drop_ = false;
};

void search_command::declare(CLI::App& app) {
  app.add_option("WORDS", words_, "What to look for");
  app.add_option_function<std::string>(
         "--limit",
         [this](const std::string& text) {
           const auto n = number_from(text, 1, 1'000'000);
           if (!n) throw CLI::ValidationError("--limit", n.error().detail);
           limit_ = *n;
         },
         "Show at most N messages (default 50)")
      ->type_name("N")
      ->group("Search");
  app.add_flag_function(
         "--drop-index", [this](std::int64_t) { drop_ = true; }, "Delete the index; the next search makes it again")
      ->disable_flag_override()
      ->group("Search");
}

bool takes_value(const CLI::App& app, const std::string& argument) {
  if (!argument.starts_with("--")) return false;
  const auto* const option = app.get_option_no_throw(argument);
  return option != nullptr && option->get_items_expected_max() > 0;
}

// "-qv" is options of one letter, and so it stays; "-word" is what mail programs let people type.
bool leaves_word_out(const CLI::App& app, const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-' || argument[1] == '-') return false;
  return !std::all_of(argument.begin() + 1, argument.end(),
                      [&app](char letter) { return app.get_option_no_throw(std::string("-") + letter) != nullptr; });
}

void search_command::prepare(std::vector<std::string>& arguments, const CLI::App& app) const {
  bool value = false;
  for (auto& argument : arguments) {
    if (argument == "--") return;
    if (!value && leaves_word_out(app, argument)) argument = "not:" + argument.substr(1);
    value = takes_value(app, argument);
  }
}

// The shell has taken the quotes off an argument with blanks: it was meant as a whole.
std::string line_of(const std::vector<std::string>& arguments) {
  std::string out;
  for (const auto& argument : arguments) {
    if (!out.empty()) out += ' ';
    const bool whole = argument.find_first_of(" \t") != std::string::npos && argument.find('"') == std::string::npos;
    if (!whole) {
      out += argument;
      continue;
    }
    // The names in front stay outside: from:Anna Smith.
    auto value = argument.find_first_of(" \t");
    value = argument.rfind(':', value);
    value = value == std::string::npos ? 0 : value + 1;
    out += argument.substr(0, value) + '"' + argument.substr(value) + '"';
  }
  return out;
}

result<index_report> search_command::update(mail_search& in, const std::string& label, surroundings& with) const {
  progress_display progress(with.out, with.options.output.progress, label);
  auto report = in.update(with.stop.flag(), [&](const index_report& now) {
    outmap::progress moment;
    moment.messages_done = now.added;
    moment.octets = now.octets;
    progress.update(moment);
  });
  if (!report || report->added + report->removed > 0) {
    progress.finish(report ? "indexed" : report.error().code == errc::cancelled ? "interrupted" : "failed");
  }
  return report;
}

void search_command::show(const search_result& found, surroundings& with) const {
  table t({{"Folder", align::left, 8},
           {"UID", align::right},
           {"Flags", align::left},
           {"Date", align::left},
           {"From", align::left, 12},
           {"Subject", align::left, 12}});
  for (const auto& hit : found.hits) {
    if (with.out.json_mode()) {
      json event = {{"folder", hit.folder}};
      event.update(json_of(hit.message));
      event.update({{"from", hit.header.from},
                    {"subject", hit.header.subject},
                    {"header_date", hit.header.date},
                    {"message_id", hit.header.message_id}});
      with.out.event("message", event);
    } else {
      t.add({printable(hit.folder, longest_field), message_name(hit.message), flag_letters(hit.message.flags),
             date_text(hit.message, hit.header), printable(hit.header.from, longest_field),
             printable(hit.header.subject, longest_field)});
    }
  }
  if (!t.empty()) print_table(with.out, t);
  if (found.found > found.hits.size()) {
    with.out.report(counted(found.found, "message", "messages") + " found, the newest " +
                    std::to_string(found.hits.size()) + " are shown; --limit shows more");
  } else if (found.found == 0) {
    with.out.report("nothing found");
  }
}

outcome search_command::run(surroundings& with) {
  if (words_.empty() && !drop_) {
    return outcome::of(error(errc::invalid_argument, "nothing to look for is given"));
  }
  unknown_search_word unknown;
  auto query = parse_search(line_of(words_), std::time(nullptr), &unknown);
  if (!query) {
    query.error().detail += did_you_mean(unknown.word, unknown.known);
    return outcome::of(query.error());
  }
  const auto caches = choose_caches(with.options, how_many::one);
  if (!caches) return outcome::of(caches.error());
  const auto& cache = caches->front();
  auto in = mail_search::open(cache.file);
  if (!in) return not_found(in.error());
  if (drop_) {
    if (auto dropped = in->drop(); !dropped) return outcome::of(dropped.error());
    if (words_.empty()) return {};
  }
  const auto report = update(*in, cache.account.empty() ? cache.file.string() : cache.account, with);
  if (!report) return outcome::of(report.error());
  if (report->busy) with.out.warn("another process is indexing this cache: new messages may not be found yet");
  for (const auto& f : report->failures) with.out.warn("not searched: " + sentence(f));
  const auto found = in->find(*query, static_cast<std::size_t>(limit_));
  if (!found) return outcome::of(found.error());
  show(*found, with);
  outcome out;
  if (!report->failures.empty()) {
    out = outcome::of(error(errc::incomplete, counted(report->failures.size(), "message", "messages") +
                                                  " of the cache could not be read and searched"));
    out.told = true;
  }
  out.counts = {{"found", found->found},
                {"shown", found->hits.size()},
                {"indexed", report->added},
                {"unindexed", report->removed},
                {"unreadable", report->failures.size()}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_search_command() { return std::make_unique<search_command>(); }

}  // namespace outmap::cli
