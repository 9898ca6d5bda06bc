// outmap copy and outmap move: messages to another folder.
#include <CLI/CLI.hpp>

#include "cli/change_command.hpp"
#include "cli/uid_argument.hpp"

namespace outmap::cli {
namespace {

class copy_command final : public change_command {
 public:
  explicit copy_command(bool moves) : moves_(moves) {}
  std::string_view name() const override { return moves_ ? "move" : "copy"; }
  std::string_view summary() const override {
    return moves_ ? "Move messages to another folder" : "Copy messages to another folder";
  }
  std::string_view examples() const override {
    return moves_ ? "The originals are marked \\Deleted; `outmap purge` removes them for good.\n\n"
                    "Examples:\n"
                    "  outmap move INBOX 17,20 Projects\n"
                    "  outmap move INBOX 3:9 'Old mail' --offline"
                  : "Examples:\n"
                    "  outmap copy INBOX 17,20 Projects\n"
                    "  outmap copy INBOX all 'Old mail' --offline";
  }

 protected:
  void declare_arguments(CLI::App& app) override {
    folder_argument(app, folder_);
    uids_argument(app, uids_);
    folder_argument(app, destination_, "DESTINATION");
  }
  result<outbox::ids> record(mail_to_change& in, surroundings& with) override;

 private:
  bool moves_;
  std::string folder_;
  std::string uids_;
  std::string destination_;
};

result<outbox::ids> copy_command::record(mail_to_change& in, surroundings&) {
  const auto from = in.folder(folder_);
  if (!from) return tl::unexpected(from.error());
  const auto to = in.folder(destination_);
  if (!to) return tl::unexpected(to.error());
  const auto uids = chosen_uids(in.queue, from->mailbox, uids_);
  if (!uids) return tl::unexpected(uids.error());
  return moves_ ? in.queue.move(from->mailbox, *uids, to->mailbox) : in.queue.copy(from->mailbox, *uids, to->mailbox);
}

}  // namespace

std::unique_ptr<command> make_copy_command() { return std::make_unique<copy_command>(false); }
std::unique_ptr<command> make_move_command() { return std::make_unique<copy_command>(true); }

}  // namespace outmap::cli
