// outmap purge: remove for good what is marked as deleted.
#include <CLI/CLI.hpp>

#include "cli/change_command.hpp"
#include "cli/change_text.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

class purge_command final : public change_command {
 public:
  std::string_view name() const override { return "purge"; }
  std::string_view summary() const override {
    return "Remove for good the messages of a folder that are marked deleted";
  }
  std::string_view examples() const override {
    return "Says what it would remove, and does so with --yes. What was moved away is among it.\n\n"
           "Examples:\n"
           "  outmap purge INBOX --dry-run\n"
           "  outmap purge INBOX --yes";
  }

 protected:
  void declare_arguments(CLI::App& app) override {
    folder_argument(app, folder_);
    yes_option(app, yes_, "Do it: they cannot be brought back");
  }
  result<outbox::ids> record(mail_to_change& in, surroundings& with) override;

 private:
  std::string folder_;
  bool yes_ = false;
};

result<outbox::ids> purge_command::record(mail_to_change& in, surroundings& with) {
  const auto folder = in.folder(folder_);
  if (!folder) return tl::unexpected(folder.error());
  const auto uids = in.queue.deleted(folder->mailbox);
  if (!uids) return tl::unexpected(uids.error());
  with.out.event("purge", {{"folder", folder->name}, {"messages", uids->size()}, {"uids", uids->to_string()}});
  if (uids->empty()) {
    with.out.report("no message of " + printable(folder->name, 512) + " is marked as deleted");
    return outbox::ids();
  }
  if (is_dry_run()) return in.queue.purge(folder->mailbox);
  with.out.report(counted(uids->size(), "message", "messages") + " of " + printable(folder->name, 512) +
                  " to remove for good: UID " + uids_text(*uids));
  if (!yes_) return fail(errc::invalid_argument, "nothing was removed: --yes is missing");
  return in.queue.purge(folder->mailbox);
}

}  // namespace

std::unique_ptr<command> make_purge_command() { return std::make_unique<purge_command>(); }

}  // namespace outmap::cli
