// Every command outmap can send, as one closed variant. What is not here cannot be sent: there is no EXAMINE
// (OIMAP-V0040), CHECK (V0049), CLOSE (V0050), SEARCH (V0051), FETCH macro (V0052) or partial fetch (V0053).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "outmap/error.hpp"
#include "outmap/secret.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"
#include "profile/fetch_form.hpp"
#include "profile/store_form.hpp"
#include "wire/encoder.hpp"

namespace outmap::profile {

struct capability_command {};                                   // OIMAP-V0033, V0035, V0065
struct noop_command {};                                         // OIMAP-V0025, V0028
struct logout_command {};                                       // OIMAP-2.1.2
struct starttls_command {};                                     // NTLM-PB4
struct authenticate_command { std::string mechanism; };         // OIMAP-E0001; no initial response (NTLM-2.2.1-03)
struct login_command { std::string user; secret password; };    // OIMAP-V0032
struct select_command { mailbox_name mailbox; };                // OIMAP-V0036
struct create_command { mailbox_name mailbox; };                // OIMAP-V0019
struct delete_command { mailbox_name mailbox; };
struct rename_command { mailbox_name from; mailbox_name to; };
struct subscribe_command { mailbox_name mailbox; };
struct unsubscribe_command { mailbox_name mailbox; };
struct list_command { std::string pattern; };                   // OIMAP-V0041; empty reference (XIMAP-V0031)
struct lsub_command { std::string pattern; };                   // OIMAP-V0043
struct status_command { mailbox_name mailbox; };                // OIMAP-V0045: (UNSEEN) and nothing else
struct append_command {                                         // OIMAP-V0046
  mailbox_name mailbox;
  flag_set flags;
  std::optional<internal_date> date;
  std::string message;
};
struct expunge_command {};
struct idle_command {};                                         // OIMAP-V0028; ended by conversation::done()

/// "1:*" or a set of UIDs or sequence numbers.
struct message_set {
  std::string text;
  static message_set all() { return {"1:*"}; }
  static message_set of(const uid_set& uids) { return {uids.to_string()}; }
};

struct fetch_command { message_set set; fetch_form form; };                          // OIMAP-V0055
struct uid_fetch_command { message_set set; fetch_form form; };                      // OIMAP-V0059, V0060
struct store_command { message_set set; store_form form; flag_set flags; };          // OIMAP-V0056
struct uid_store_command { message_set set; store_form form; flag_set flags; };
struct copy_command { message_set set; mailbox_name to; };                           // OIMAP-V0057
struct uid_copy_command { message_set set; mailbox_name to; };

using command = std::variant<capability_command, noop_command, logout_command, starttls_command, authenticate_command,
                             login_command, select_command, create_command, delete_command, rename_command,
                             subscribe_command, unsubscribe_command, list_command, lsub_command, status_command,
                             append_command, expunge_command, idle_command, fetch_command, uid_fetch_command,
                             store_command, uid_store_command, copy_command, uid_copy_command>;

/// Connection states of RFC 3501 3, as bits.
enum class state : unsigned { not_authenticated = 1, authenticated = 2, selected = 4, logged_out = 8 };

/// The untagged data that answers a command; what nobody owns is unsolicited and handled alike (OIMAP-V0001). FETCH
/// responses are told apart by what they carry: servers answer several FETCH commands at a time, in turns.
enum class owned_data { none, capability, list, lsub, status, fetch, fetch_header, fetch_body };

struct command_traits {
  std::string_view name;      ///< as on the wire, for error texts: "UID FETCH"
  unsigned states = 0;        ///< state bits in which it may be sent
  owned_data owns = owned_data::none;
  bool exclusive =
      false;  ///< nothing is sent behind it before it completes, and it waits for all before it (OIMAP-V0026)
  bool changes_server = false;
  bool speculative = false;  ///< changes nothing, so it may stand on either side of a SELECT that is not answered yet
};

command_traits traits(const command& c) noexcept;

/// The bytes of a command. In read-only mode a command that changes the server is refused (errc::read_only); a FETCH
/// list outside the server's dialect is refused too.
struct encoding_rules {
  dialect server = dialect::imap4rev1;
  bool read_only = false;
};
result<wire::encoded_command> encode(const command& c, std::string_view tag, const encoding_rules& rules);

}  // namespace outmap::profile
