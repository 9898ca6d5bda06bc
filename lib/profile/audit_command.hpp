// One client command by itself: is it in the closed set, and does it have the form the profile gives it?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profile/audit_client_reader.hpp"
#include "profile/audit_findings.hpp"
#include "profile/audit_word.hpp"
#include "profile/capabilities.hpp"

namespace outmap::profile {

/// What the checks of a conversation need of a command. Views are of the unit.
struct read_command {
  std::string_view tag;
  audit_word word = audit_word::unknown;
  audit_word under_uid = audit_word::unknown;  ///< behind UID
  std::string mailbox;                         ///< of SELECT, STATUS, CREATE, APPEND, COPY; as it stands on the wire
  std::string mechanism;                       ///< of AUTHENTICATE, in capitals
  std::string user;                            ///< of LOGIN: secret; never shown
  std::string_view extension;                  ///< not empty: the command uses this extension
  bool initial_response = false;
  [[nodiscard]] bool numbers_messages() const {
    return word == audit_word::fetch || word == audit_word::store || word == audit_word::copy ||
           word == audit_word::search;
  }
};

/// `listed`: what the client learnt by CAPABILITY; null: not known.
read_command judge_command(const client_unit& unit, const capabilities* listed, audit_findings& to);

/// The command for a person; see audited_command::text.
std::string shown(const client_unit& unit, const read_command& command);
/// The tag for a person; empty where the line is no command.
std::string shown_tag(const read_command& command);

/// "XOAUTH2" and its like: mechanisms outside the profile that outmap knows by name; empty: another.
std::string_view known_extension_mechanism(std::string_view mechanism) noexcept;

}  // namespace outmap::profile
