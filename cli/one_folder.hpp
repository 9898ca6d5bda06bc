// A folder of a cache, as list and show find it.
#pragma once

#include <string>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "outmap/store.hpp"

namespace outmap::cli {

struct one_folder {
  store from;
  stored_folder folder;
};

/// By name; besides the errors of store, errc::no_such_mailbox with a near name.
result<stored_folder> folder_named(store& from, const std::string& name);

/// Opens the cache that the options choose and looks the folder up. Besides the errors of choose_caches and store,
/// errc::no_such_mailbox with a near name.
result<one_folder> open_folder(const shared_options& options, const std::string& name);

/// The outcome of an error of open_folder() or store::message(), with advice for a command that looks into the cache
/// only.
outcome not_found(error problem);

/// How a message is named on the command line: "17", and without a UID "+4" or "+4/17" (change, UID of the original).
std::string message_name(const stored_message& message);

/// "FRS": the letters of Maildir in their order, then '*' if there are keywords.
std::string flag_letters(const flag_set& flags);

/// The date of a message list: INTERNALDATE in local time, else what the header says (printable).
std::string date_text(const stored_message& message, const header_summary& header);

}  // namespace outmap::cli
