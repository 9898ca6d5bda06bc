// What the program can do: one class a command, one file a class.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "cli/interruption.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/redactor.hpp"
#include "outmap/secret.hpp"
#include "outmap/trace.hpp"

namespace CLI {
class App;
}

namespace outmap::cli {

/// What a command works with. All of it outlives the command.
struct surroundings {
  const shared_options& options;
  output& out;
  interruption& stop;
  redactor& hidden;  ///< knows each password from complete_credentials() on
  std::optional<secret> environment_password;
  trace_sink* trace = nullptr;
};

/// How a command ended: the last line of JSON output and the exit code.
struct outcome {
  exit_code code = exit_code::complete;
  json counts = json::object();
  std::uint64_t octets = 0;  ///< of message texts: fetched, shown or written
  std::optional<error> problem;
  std::string advice;  ///< instead of outmap::advice()
  bool told = false;   ///< the user has read of `problem` already

  static outcome of(error problem);
};

/// Declared and run once.
class command {
 public:
  virtual ~command() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::string_view summary() const = 0;   ///< a line of `outmap help`
  [[nodiscard]] virtual std::string_view examples() const = 0;  ///< below the options in its help
  [[nodiscard]] virtual bool uses_network() const = 0;
  /// Where nobody looks on (output::nobody_looks()), it says only what the user must know.
  [[nodiscard]] virtual bool runs_unattended() const { return false; }
  /// Adds the command's own options and arguments.
  virtual void declare(CLI::App& app) = 0;
  /// Rewrites what stands behind the command's name before options are looked for in it; `app` is what was declared.
  virtual void prepare(std::vector<std::string>&, const CLI::App&) const {}
  virtual outcome run(surroundings& with) = 0;
};

std::unique_ptr<command> make_probe_command();
std::unique_ptr<command> make_login_command();
std::unique_ptr<command> make_folders_command();
std::unique_ptr<command> make_sync_command();
std::unique_ptr<command> make_backup_command();
std::unique_ptr<command> make_verify_command();
std::unique_ptr<command> make_restore_command();
std::unique_ptr<command> make_report_command();
std::unique_ptr<command> make_fetch_command();
std::unique_ptr<command> make_watch_command();
std::unique_ptr<command> make_status_command();
std::unique_ptr<command> make_list_command();
std::unique_ptr<command> make_show_command();
std::unique_ptr<command> make_search_command();
std::unique_ptr<command> make_mark_command();
std::unique_ptr<command> make_copy_command();
std::unique_ptr<command> make_move_command();
std::unique_ptr<command> make_delete_command();
std::unique_ptr<command> make_undelete_command();
std::unique_ptr<command> make_purge_command();
std::unique_ptr<command> make_append_command();
std::unique_ptr<command> make_folder_command();
std::unique_ptr<command> make_outbox_command();
std::unique_ptr<command> make_export_command();
std::unique_ptr<command> make_import_command();
std::unique_ptr<command> make_profile_command();
std::unique_ptr<command> make_audit_command();
std::unique_ptr<command> make_completion_command();
std::unique_ptr<command> make_manual_command();

/// All, in the order of the help.
std::vector<std::unique_ptr<command>> all_commands();

/// Lines of `outmap help exit-codes`; in JSON an event a code.
void print_exit_codes(output& out);

}  // namespace outmap::cli
