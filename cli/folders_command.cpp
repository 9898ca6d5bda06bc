// outmap folders: the server's mailboxes.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/credentials.hpp"
#include "cli/json_events.hpp"
#include "cli/run_observer.hpp"
#include "cli/table.hpp"
#include "outmap/account.hpp"

namespace outmap::cli {
namespace {

class folders_command final : public command {
 public:
  std::string_view name() const override { return "folders"; }
  std::string_view summary() const override { return "List the folders on the server"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  outmap folders\n"
           "  outmap folders --json | jq -r 'select(.event == \"folder\") | .name'";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override {
    app.add_flag("--unseen", unseen_, "Ask for the number of unread messages in each folder, too")
        ->disable_flag_override();
  }
  outcome run(surroundings& with) override;

 private:
  bool unseen_ = false;
};

std::string attributes_of(const folder_info& f) {
  std::string out = f.subscribed ? "subscribed" : "";
  if (!f.selectable) out += std::string(out.empty() ? "" : ", ") + "cannot hold messages";
  return out;
}

outcome folders_command::run(surroundings& with) {
  auto chosen = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!chosen) return outcome::of(chosen.error());
  auto& one = chosen->front();
  if (auto ok = complete_credentials(one, with); !ok) return outcome::of(ok.error());
  run_observer watch(with.out, one.config.name, with.hidden);
  account a(std::move(one.config), &watch, with.trace);
  const interruption::hook stop(with.stop, [&a] { a.cancel(); });
  auto folders = a.folders(unseen_);
  if (!folders) return outcome::of(folders.error());
  // By the names that people see, as `status` does, not by their modified UTF-7.
  std::sort(folders->begin(), folders->end(), [](const folder_info& x, const folder_info& y) {
    return std::tuple(!x.mailbox.is_inbox(), std::string_view(x.name)) <
           std::tuple(!y.mailbox.is_inbox(), std::string_view(y.name));
  });
  std::vector<column> columns = {{"Folder", align::left, 20}, {"Level by", align::left}, {"", align::left}};
  if (unseen_) columns.insert(columns.begin() + 1, {"Unread", align::right});
  table t(std::move(columns));
  for (const auto& f : *folders) {
    with.out.event("folder", json_of(f));
    std::vector<std::string> row = {printable(f.name), f.delimiter ? printable(std::string(1, *f.delimiter)) : "-",
                                    attributes_of(f)};
    if (unseen_) row.insert(row.begin() + 1, f.unseen ? std::to_string(*f.unseen) : "-");
    t.add(std::move(row));
  }
  print_table(with.out, t);
  outcome out;
  out.counts = {{"folders", folders->size()}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_folders_command() { return std::make_unique<folders_command>(); }

}  // namespace outmap::cli
