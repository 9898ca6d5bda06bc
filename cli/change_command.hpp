// A command that changes the account: records in the outbox, then sends.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"

namespace outmap::cli {

/// A cache to read and the outbox beside it.
struct mail_to_change {
  store from;
  outbox queue;

  /// In a dry run nothing is recorded: outbox::dry_run().
  static result<mail_to_change> open(const std::filesystem::path& cache, bool dry_run = false);
  /// By name, as `outmap status` shows it; errc::no_such_mailbox with a near one.
  result<stored_folder> folder(const std::string& name);
};

class change_command : public command {
 public:
  bool uses_network() const final { return true; }
  void declare(CLI::App& app) final;
  outcome run(surroundings& with) final;

 protected:
  virtual void declare_arguments(CLI::App& app) = 0;
  /// The ids of what was recorded; none where there is nothing to do, which has been said then.
  virtual result<outbox::ids> record(mail_to_change& in, surroundings& with) = 0;
  [[nodiscard]] bool is_dry_run() const { return dry_run_; }

 private:
  outcome foretell(mail_to_change& in, surroundings& with) const;

  bool offline_ = false;
  bool dry_run_ = false;
};

/// What the ids of recorded changes are called: "change 4", "changes 4 to 6".
std::string changes_text(const outbox::ids& recorded);

/// Adds the option --yes.
void yes_option(CLI::App& app, bool& into, const std::string& help);

/// Adds the option --dry-run.
void dry_run_option(CLI::App& app, bool& into, const std::string& help);

/// Adds the argument FOLDER.
void folder_argument(CLI::App& app, std::string& into, const std::string& name = "FOLDER");
/// Adds the argument UIDS.
void uids_argument(CLI::App& app, std::string& into);

}  // namespace outmap::cli
