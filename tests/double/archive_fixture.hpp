// An account of several folders, backed up, deleted and brought back.
#pragma once

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "double/linked_fixture.hpp"
#include "outmap/backup.hpp"
#include "outmap/restore.hpp"
#include "outmap/verify.hpp"

namespace outmap::test {

/// Flags, seconds of INTERNALDATE, octets: what of a message is to come back.
using returned_message = std::tuple<std::string, std::int64_t, std::string>;
using returned_folders = std::map<std::string, std::multiset<returned_message>>;

struct archive_fixture : linked_fixture {
  /// Messages with flags and dates in INBOX, Archive, Archive/2023 and Drafts, some of them twice.
  void fill();
  [[nodiscard]] returned_folders on_server() const;
  /// Every message, and every folder but INBOX.
  void empty_server();

  result<backup_report> backup(const backup_options& how = {});
  backup_report back_up_well();
  result<restore_report> restore(const restore_options& how = {});
  restore_report restore_well(const restore_options& how = {});
  result<verify_report> verify(const verify_options& how = {});
  [[nodiscard]] std::size_t said(std::string_view text);
};

}  // namespace outmap::test
