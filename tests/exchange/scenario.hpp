// A scripted server: who may log in, what is in the mailboxes, what changes and breaks, and when.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "field_quirks.hpp"
#include "outmap/error.hpp"
#include "outmap/secret.hpp"
#include "outmap/types.hpp"
#include "personality.hpp"

namespace outmap::exchange {

struct scenario_account {
  std::string user;
  secret password;
};

/// Messages that are alike: a file, or generated ones.
struct scenario_message {
  std::shared_ptr<const std::string> octets;  ///< of the file, CRLF; nothing: generated
  std::uint32_t count = 1;
  std::size_t size = 1'000;  ///< about so many octets each
  std::string subject;       ///< UTF-8; empty: made up
  flag_set flags;
  std::optional<internal_date> date;  ///< INTERNALDATE; nothing: of the file, or one day after the other
  internal_date file_date;
};

/// Where something is: the mailboxes of an account, or those of all.
struct scenario_place {
  std::string account;  ///< empty: the mailboxes that accounts without their own share
  std::string folder;   ///< UTF-8
};

struct scenario_folder {
  scenario_place place;
  bool noselect = false;
  bool marked = false;
  bool subscribed = true;
  std::vector<scenario_message> messages;
};

struct deliver_messages {
  scenario_place to;
  scenario_message what;
};
struct expunge_messages {
  scenario_place from;
  std::vector<std::uint32_t> uids;  ///< empty: all
};
struct set_message_flags {
  scenario_place in;
  std::vector<std::uint32_t> uids;  ///< empty: all
  flag_set flags;
};
/// XIMAP-2.1.2; under the old UID when the personality says so (XIMAP-2.1.3).
struct revise_message {
  scenario_place in;
  std::uint32_t uid = 0;
  scenario_message what;
};
struct change_uid_validity {
  scenario_place of;
};
struct create_folder {
  scenario_place what;
};
struct delete_folder {
  scenario_place what;
};
struct rename_folder {
  scenario_place what;
  std::string to;
};
struct begin_fault {
  quirk_use use;
};
struct end_fault {
  field_quirk which = field_quirk::stray_text;
};
/// Does something to the connection whose command set the step off.
struct disturb_connection {
  bool drop = false;   ///< ends without a word
  bool stall = false;  ///< says nothing any more
  std::chrono::milliseconds delay{0};
};

using scenario_change =
    std::variant<deliver_messages, expunge_messages, set_message_flags, revise_message, change_uid_validity,
                 create_folder, delete_folder, rename_folder, begin_fault, end_fault, disturb_connection>;

/// When a step is carried out: before the command that it names is answered.
struct scenario_trigger {
  bool login = false;            ///< with the first command behind a log-on
  std::uint64_t number = 0;      ///< the command's number on its connection; 0: any
  std::string command;           ///< name, upper case: "UID FETCH"; empty: any
  std::string mailbox;           ///< the one that the command names, else the selected one; empty: any
  std::uint64_t connection = 0;  ///< 1: the first connection of the server; 0: any
  std::uint64_t nth = 1;         ///< the how-manyth command that all this fits
  bool every = false;            ///< and every one after it; else once
};

struct scenario_step {
  scenario_trigger when;
  std::vector<scenario_change> changes;
  std::string place;  ///< "file:line:column", for messages
};

struct scenario {
  std::optional<exchange::personality> behaves;  ///< nothing: neither named nor changed
  std::vector<scenario_account> accounts;
  std::vector<scenario_folder> folders;
  std::vector<quirk_use> faults;  ///< from the start
  std::vector<scenario_step> steps;
};

/// `chosen` wins over the personality that the file names; the file's [behaviour] changes either. Message files are
/// read, relative to the scenario's folder. Errors: config_invalid with "file:line:column: what", file_error.
result<scenario> read_scenario(const std::filesystem::path& file, const std::optional<std::string>& chosen = {});
result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file,
                                const std::optional<std::string>& chosen = {});

}  // namespace outmap::exchange
