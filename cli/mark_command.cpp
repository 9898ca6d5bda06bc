// outmap mark: set and clear flags.
#include <CLI/CLI.hpp>

#include "cli/change_command.hpp"
#include "cli/flag_argument.hpp"
#include "cli/uid_argument.hpp"

namespace outmap::cli {
namespace {

class mark_command final : public change_command {
 public:
  std::string_view name() const override { return "mark"; }
  std::string_view summary() const override { return "Set and clear flags of messages"; }
  std::string_view examples() const override {
    return "Flags: seen, answered, flagged, deleted, draft; + sets, - clears.\n\n"
           "Examples:\n"
           "  outmap mark INBOX 17 +seen\n"
           "  outmap mark INBOX 3,7:9 +flagged -seen --offline";
  }

 protected:
  void declare_arguments(CLI::App& app) override;
  result<outbox::ids> record(mail_to_change& in, surroundings& with) override;

 private:
  [[nodiscard]] result<flag_change> flags() const;

  const CLI::App* app_ = nullptr;
  std::string folder_;
  std::string uids_;
  std::vector<std::string> flags_;
};

void mark_command::declare_arguments(CLI::App& app) {
  folder_argument(app, folder_);
  uids_argument(app, uids_);
  app.add_option("FLAGS", flags_, "+FLAG to set it, -FLAG to clear it")->type_name("");
  // To the reader of options "-seen" is an option that it does not know.
  app.allow_extras();
  app_ = &app;
}

result<flag_change> mark_command::flags() const {
  auto words = flags_;
  const auto others = app_->remaining();
  words.insert(words.end(), others.begin(), others.end());
  flag_change out;
  for (const auto& word : words) {
    if (word.starts_with("--")) return fail(errc::invalid_argument, "unknown option '" + printable(word, 100) + "'");
    const bool sets = word.starts_with('+');
    if (!sets && !word.starts_with('-')) {
      return fail(errc::invalid_argument, "'" + printable(word, 100) + "': say +FLAG to set it or -FLAG to clear it");
    }
    const auto flag = flag_named(std::string_view(word).substr(1));
    if (!flag) return tl::unexpected(flag.error());
    auto& bits = sets ? out.add : out.remove;
    bits = static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(*flag));
  }
  if (out == flag_change{}) return fail(errc::invalid_argument, "no flag is named, as in +seen -flagged");
  return out;
}

result<outbox::ids> mark_command::record(mail_to_change& in, surroundings&) {
  const auto change = flags();
  if (!change) return tl::unexpected(change.error());
  const auto folder = in.folder(folder_);
  if (!folder) return tl::unexpected(folder.error());
  const auto uids = chosen_uids(in.queue, folder->mailbox, uids_);
  if (!uids) return tl::unexpected(uids.error());
  return in.queue.mark(folder->mailbox, *uids, *change);
}

}  // namespace

std::unique_ptr<command> make_mark_command() { return std::make_unique<mark_command>(); }

}  // namespace outmap::cli
