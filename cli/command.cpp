#include "cli/command.hpp"

namespace outmap::cli {

outcome outcome::of(error problem) {
  outcome out;
  out.code = exit_code_of(problem.code);
  out.problem = std::move(problem);
  return out;
}

std::vector<std::unique_ptr<command>> all_commands() {
  std::vector<std::unique_ptr<command>> out;
  out.push_back(make_probe_command());
  out.push_back(make_login_command());
  out.push_back(make_folders_command());
  out.push_back(make_sync_command());
  out.push_back(make_backup_command());
  out.push_back(make_verify_command());
  out.push_back(make_restore_command());
  out.push_back(make_report_command());
  out.push_back(make_fetch_command());
  out.push_back(make_watch_command());
  out.push_back(make_status_command());
  out.push_back(make_list_command());
  out.push_back(make_show_command());
  out.push_back(make_search_command());
  out.push_back(make_mark_command());
  out.push_back(make_copy_command());
  out.push_back(make_move_command());
  out.push_back(make_delete_command());
  out.push_back(make_undelete_command());
  out.push_back(make_purge_command());
  out.push_back(make_append_command());
  out.push_back(make_folder_command());
  out.push_back(make_outbox_command());
  out.push_back(make_export_command());
  out.push_back(make_import_command());
  out.push_back(make_profile_command());
  out.push_back(make_audit_command());
  out.push_back(make_completion_command());
  out.push_back(make_manual_command());
  return out;
}

}  // namespace outmap::cli
