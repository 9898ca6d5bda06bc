// outmap delete and outmap undelete: the mark that a purge goes by.
#include <CLI/CLI.hpp>

#include "cli/change_command.hpp"
#include "cli/uid_argument.hpp"

namespace outmap::cli {
namespace {

class delete_command final : public change_command {
 public:
  explicit delete_command(bool deletes) : deletes_(deletes) {}
  std::string_view name() const override { return deletes_ ? "delete" : "undelete"; }
  std::string_view summary() const override {
    return deletes_ ? "Mark messages as deleted" : "Take the mark of deleted messages back";
  }
  std::string_view examples() const override {
    return deletes_ ? "They stay until `outmap purge`; `outmap undelete` takes it back.\n\n"
                      "Examples:\n"
                      "  outmap delete INBOX 17,20"
                    : "Examples:\n"
                      "  outmap undelete INBOX 17";
  }

 protected:
  void declare_arguments(CLI::App& app) override {
    folder_argument(app, folder_);
    uids_argument(app, uids_);
  }
  result<outbox::ids> record(mail_to_change& in, surroundings&) override {
    const auto folder = in.folder(folder_);
    if (!folder) return tl::unexpected(folder.error());
    const auto uids = chosen_uids(in.queue, folder->mailbox, uids_);
    if (!uids) return tl::unexpected(uids.error());
    return deletes_ ? in.queue.erase(folder->mailbox, *uids) : in.queue.undelete(folder->mailbox, *uids);
  }

 private:
  bool deletes_;
  std::string folder_;
  std::string uids_;
};

}  // namespace

std::unique_ptr<command> make_delete_command() { return std::make_unique<delete_command>(true); }
std::unique_ptr<command> make_undelete_command() { return std::make_unique<delete_command>(false); }

}  // namespace outmap::cli
