// outmap folder: make, rename, delete, subscribe, unsubscribe.
#include <CLI/CLI.hpp>
#include <array>

#include "cli/change_command.hpp"
#include "cli/nearest.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 5> actions = {"create", "rename", "delete", "subscribe", "unsubscribe"};

class folder_command final : public change_command {
 public:
  std::string_view name() const override { return "folder"; }
  std::string_view summary() const override { return "Create, rename, delete, subscribe or unsubscribe a folder"; }
  std::string_view examples() const override {
    return "Examples:\n"
           "  outmap folder create Projects/2024\n"
           "  outmap folder rename Projects/2024 'Projects/Last year'\n"
           "  outmap folder delete Old --yes\n"
           "  outmap folder subscribe Projects/2024";
  }

 protected:
  void declare_arguments(CLI::App& app) override;
  result<outbox::ids> record(mail_to_change& in, surroundings& with) override;

 private:
  result<change_id> rename(mail_to_change& in);
  result<change_id> remove(mail_to_change& in, surroundings& with);

  std::string action_;
  std::string folder_;
  std::string new_name_;
  bool yes_ = false;
};

void folder_command::declare_arguments(CLI::App& app) {
  app.add_option_function<std::string>(
         "ACTION",
         [this](const std::string& word) {
           if (std::find(actions.begin(), actions.end(), word) == actions.end()) {
             throw CLI::ValidationError("ACTION", "'" + printable(word, 100) + "' is none" +
                                                      did_you_mean(word, actions) +
                                                      ": create, rename, delete, subscribe or unsubscribe");
           }
           action_ = word;
         },
         "create, rename, delete, subscribe or unsubscribe")
      ->required();
  folder_argument(app, folder_);
  app.add_option("NEW", new_name_, "rename: the new name, with the folders above it");
  yes_option(app, yes_, "delete: also a folder that holds messages");
}

result<change_id> folder_command::rename(mail_to_change& in) {
  if (new_name_.empty()) return fail(errc::invalid_argument, "rename: the new name is missing");
  const auto from = in.folder(folder_);
  if (!from) return tl::unexpected(from.error());
  const auto to = in.queue.named(new_name_);
  if (!to) return tl::unexpected(to.error());
  return in.queue.rename(from->mailbox, *to);
}

result<change_id> folder_command::remove(mail_to_change& in, surroundings& with) {
  const auto folder = in.folder(folder_);
  if (!folder) return tl::unexpected(folder.error());
  const auto messages = folder->messages + folder->unsent;
  if (messages > 0 && !yes_) {
    const auto lost = printable(folder->name, 512) + " holds " + counted(messages, "message", "messages") +
                      ", which would be removed for good: --yes is missing";
    if (!is_dry_run()) return fail(errc::invalid_argument, lost);
    with.out.warn(lost);
  }
  return in.queue.remove(folder->mailbox);
}

result<outbox::ids> folder_command::record(mail_to_change& in, surroundings& with) {
  if (action_ != "rename" && !new_name_.empty()) {
    return fail(errc::invalid_argument, "the argument '" + printable(new_name_, 100) + "' is not expected");
  }
  const auto done = [&]() -> result<change_id> {
    if (action_ == "rename") return rename(in);
    if (action_ == "delete") return remove(in, with);
    if (action_ == "create") {
      const auto made = in.queue.named(folder_);
      if (!made) return tl::unexpected(made.error());
      return in.queue.create(*made);
    }
    const auto folder = in.folder(folder_);
    if (!folder) return tl::unexpected(folder.error());
    return action_ == "subscribe" ? in.queue.subscribe(folder->mailbox) : in.queue.unsubscribe(folder->mailbox);
  }();
  if (!done) return tl::unexpected(done.error());
  return outbox::ids{*done};
}

}  // namespace

std::unique_ptr<command> make_folder_command() { return std::make_unique<folder_command>(); }

}  // namespace outmap::cli
