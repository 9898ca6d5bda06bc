// outmap fetch: bodies on demand.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

#include "cli/account_source.hpp"
#include "cli/change_text.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/one_folder.hpp"
#include "cli/progress_display.hpp"
#include "cli/quantity.hpp"
#include "cli/run_observer.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

/// A range may end in '*'.
struct asked_range {
  uid_range uids;
  bool single = false;
};

class fetch_command final : public command {
 public:
  std::string_view name() const override { return "fetch"; }
  std::string_view summary() const override { return "Fetch bodies of single messages into the local cache"; }
  std::string_view examples() const override {
    return "For accounts with bodies = \"none\": the messages are known by a sync, their texts come by this. What is "
           "here\n"
           "already is not fetched again. Of a range, the messages that the cache knows are meant. With --dry-run no "
           "server\n"
           "is asked: exit code 4 says that there is something to fetch.\n\n"
           "Examples:\n"
           "  outmap fetch INBOX 4711\n"
           "  outmap fetch 'Projects/2024' 100:200,300:*";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  [[nodiscard]] result<uid_set> known_of_asked(one_folder& in) const;
  static outcome foretell(one_folder& in, const uid_set& uids, surroundings& with);

  std::string folder_;
  std::vector<asked_range> asked_;
  bool dry_run_ = false;
};

// "7", "3:9", "5:*", joined by commas.
result<std::vector<asked_range>> ranges_from(std::string_view text) {
  const auto wrong = [] {
    return fail(errc::invalid_argument, "must be UIDs as in 7,10:20,300:* (`outmap list FOLDER` shows them)");
  };
  std::vector<asked_range> out;
  const auto number = [&](std::string_view digits, bool may_be_star) -> std::optional<uid> {
    if (may_be_star && digits == "*") return uid{UINT32_MAX};
    const auto n = number_from(digits, 1, UINT32_MAX);
    return n ? std::optional(uid{static_cast<std::uint32_t>(*n)}) : std::nullopt;
  };
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = text.substr(begin, end - begin);
    begin = end + 1;
    const auto colon = part.find(':');
    const bool single = colon == std::string_view::npos;
    const auto first = number(part.substr(0, colon), false);
    const auto last = single ? first : number(part.substr(colon + 1), true);
    if (!first || !last || *last < *first) return wrong();
    out.push_back({{*first, *last}, single});
  }
  return out;
}

void fetch_command::declare(CLI::App& app) {
  app.add_option("FOLDER", folder_, "The folder, as `outmap status` shows it")->required();
  app.add_option_function<std::string>(
         "UIDS",
         [this](const std::string& text) {
           auto got = ranges_from(text);
           if (!got) throw CLI::ValidationError("UIDS", got.error().detail);
           asked_ = std::move(*got);
         },
         "The messages, as `outmap list` shows them: 7,10:20,300:*")
      ->required();
  app.add_flag("--dry-run", dry_run_, "Say what would be fetched, by what the cache knows; fetch nothing")
      ->group("Fetch");
}

result<uid_set> fetch_command::known_of_asked(one_folder& in) const {
  uid_set ranges;
  uid_set out;
  for (const auto& r : asked_) {
    if (r.single)
      out.add(r.uids);
    else
      ranges.add(r.uids);
  }
  auto ok = in.from.messages(in.folder.mailbox, [&](const stored_message& m) {
    if (ranges.contains(m.uid)) out.add(m.uid);
    return true;
  });
  if (!ok) return tl::unexpected(ok.error());
  return out;
}

outcome fetch_command::foretell(one_folder& in, const uid_set& uids, surroundings& with) {
  uid_set known;
  uid_set here;
  auto ok = in.from.messages(in.folder.mailbox, [&](const stored_message& m) {
    if (!uids.contains(m.uid)) return true;
    known.add(m.uid);
    if (m.body_octets) here.add(m.uid);
    return true;
  });
  if (!ok) return outcome::of(ok.error());
  const auto wanted = known.without(here);
  const auto gone = uids.without(known);
  outcome out;
  out.counts = {{"fetched", wanted.size()}, {"here", here.size()}, {"gone", gone.size()}};
  with.out.event("planned", {{"folder", in.folder.name},
                             {"fetched", wanted.to_string()},
                             {"here", here.to_string()},
                             {"gone", gone.to_string()}});
  if (wanted.empty()) {
    with.out.report("nothing to fetch: all that is known of these is here");
    return out;
  }
  with.out.print("would fetch " + counted(wanted.size(), "message", "messages") + " of " +
                 printable(in.folder.name, 256) + ": UID " + uids_text(wanted));
  out.code = exit_code::changes_pending;
  return out;
}

outcome fetch_command::run(surroundings& with) {
  auto accounts = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!accounts) return outcome::of(accounts.error());
  auto& chosen = accounts->front();
  auto in = open_folder(with.options, folder_);
  if (!in) return not_found(in.error());
  const auto uids = known_of_asked(*in);
  if (!uids) return outcome::of(uids.error());
  if (dry_run_) return foretell(*in, *uids, with);
  if (auto ok = complete_credentials(chosen, with); !ok) return outcome::of(ok.error());

  const std::string label = chosen.config.name;
  progress_display progress(with.out, with.options.output.progress, label);
  run_observer watch(with.out, label, with.hidden, &progress);
  account a(std::move(chosen.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  const auto report = a.fetch(in->folder.mailbox, *uids);
  if (!report) {
    progress.finish("failed");
    return outcome::of(report.error());
  }
  auto out = report->failure ? outcome::of(*report->failure) : outcome();
  progress.finish(report->failure ? "incomplete" : "complete");
  out.counts = {{"fetched", report->fetched.size()},
                {"here", report->here.size()},
                {"gone", report->gone.size()},
                {"quarantined", report->quarantined.size()}};
  out.octets = report->body_octets;
  with.out.event("fetched", {{"folder", in->folder.name},
                             {"fetched", report->fetched.to_string()},
                             {"here", report->here.to_string()},
                             {"gone", report->gone.to_string()},
                             {"quarantined", report->quarantined.to_string()}});
  with.out.report(fmt::format("{}: {} fetched ({}), {} here already, {} gone, {} not delivered by the server",
                              printable(in->folder.name, 256), report->fetched.size(), octets_text(out.octets),
                              report->here.size(), report->gone.size(), report->quarantined.size()));
  return out;
}

}  // namespace

std::unique_ptr<command> make_fetch_command() { return std::make_unique<fetch_command>(); }

}  // namespace outmap::cli
