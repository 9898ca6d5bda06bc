// What a connection and a run found out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outmap/config.hpp"
#include "outmap/error.hpp"
#include "outmap/queued_change.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Of an established TLS connection. `subject`, `issuer` and `names` come from the certificate: hostile until verified.
struct tls_report {
  std::string version;              ///< "TLSv1.3"
  std::string cipher;
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;   ///< DNS names and addresses the certificate is for
  std::string not_before;           ///< as OpenSSL prints it, GMT
  std::string not_after;
  std::string fingerprint;          ///< SHA-256, hexadecimal
};

/// One rung of the login ladder: what was tried or passed over, and why (OIMAP-V0034).
struct login_step {
  mechanism which = mechanism::ntlm;
  std::string outcome;              ///< "succeeded", "refused", "not offered", "not allowed", "needs TLS", …
  std::string server_text;          ///< hostile
  std::string detail;
};

struct probe_report {
  std::string peer;                             ///< address and port
  std::string greeting;                         ///< hostile
  tls_mode tls = tls_mode::implicit;
  std::optional<tls_report> certificate;        ///< absent without TLS
  std::vector<std::string> capabilities_before_tls;  ///< empty with TLS from the start
  std::vector<std::string> capabilities;        ///< on the connection as it would be used
  std::vector<login_step> ladder;               ///< what a login would try, in order, and what it would pass over
};

struct login_report {
  std::string peer;
  std::optional<tls_report> certificate;
  std::vector<std::string> capabilities;        ///< after login
  std::vector<login_step> steps;
  bool preauthenticated = false;
  std::string user;                             ///< who we are now
};

/// A mailbox as the server lists it.
struct folder_info {
  mailbox_name mailbox;
  std::string name;                             ///< UTF-8, decoded for people; hostile
  std::optional<char> delimiter;
  bool selectable = true;
  bool subscribed = false;
  std::optional<std::uint32_t> unseen;          ///< unread messages, if asked for and told
};

/// What a dry run says of a folder besides.
struct folder_forecast {
  bool pending = false;                         ///< a sync would change something of it
  bool is_new = false;                          ///< the cache does not know it
  std::uint64_t given_up = 0;                   ///< kept expunged messages that would be removed for good
};

/// What a sync did to one folder, or would do: sync_options::dry_run.
struct folder_report {
  mailbox_name mailbox;
  std::string name;
  std::uint32_t exists = 0;
  std::uint64_t added = 0;
  std::uint64_t flags_changed = 0;
  std::uint64_t vanished = 0;
  std::uint64_t bodies = 0;                     ///< fetched
  std::uint64_t body_octets = 0;
  std::uint64_t adopted = 0;                    ///< bodies taken over after a UIDVALIDITY change, not fetched
  std::uint64_t quarantined = 0;                ///< messages the server could not deliver
  bool uid_validity_changed = false;
  std::optional<error> failure;                 ///< the folder is incomplete
  std::optional<folder_forecast> forecast;      ///< of a dry run alone
};

/// What became of a queued change on the server.
enum class change_outcome {
  sent,           ///< the server has done it
  already_there,  ///< it was in doubt, and the server had done it already
  nothing_left,   ///< what it was to change is gone from the server, or is so already
  refused,        ///< the server said NO or BAD; it waits for the user's word
  conflict,       ///< the server's state has no room for it; it waits for the user's word
  postponed,      ///< the server cannot do it now; it is tried again later
};
const char* to_string(change_outcome outcome) noexcept;

/// Told once for each change that was tried.
struct outbox_event {
  change_id id = 0;
  change_kind kind = change_kind::store;
  mailbox_name mailbox;      ///< as in the change
  mailbox_name destination;  ///< as in the change; empty where the kind has none
  change_outcome outcome = change_outcome::sent;
  std::string reason;        ///< ours; names of mailboxes in it are hostile
  std::string server_text;   ///< hostile: what the server said to it, for refused, conflict and postponed
};

/// What a replay of the outbox did: how many changes had which outcome, and how many are left in the outbox to be sent
/// (waiting or in doubt).
struct outbox_report {
  std::uint64_t sent = 0;
  std::uint64_t already_there = 0;
  std::uint64_t nothing_left = 0;
  std::uint64_t refused = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t postponed = 0;
  std::uint64_t left = 0;
  std::optional<error> failure;                 ///< the replay ended early
};

/// What became of the messages that account::fetch() was asked for; each is in one of the sets, unless `failure` ended
/// the work.
struct fetch_report {
  uid_set fetched;
  uid_set here;                                 ///< were in the cache already
  uid_set gone;                                 ///< not on the server any more; the next sync records it
  uid_set quarantined;                          ///< the server could not deliver them
  std::uint64_t body_octets = 0;
  std::uint64_t octets_read = 0;                ///< from the wire
  std::vector<login_step> steps;
  /// Set when not all could be fetched; what came is kept. Gone and quarantined messages make errc::incomplete.
  std::optional<error> failure;
};

/// What a dry run says of the account besides. Of the folders, whether they are chosen or not.
struct sync_forecast {
  std::vector<folder_info> folders_new;         ///< not in the cache, or gone until now
  std::vector<folder_info> folders_gone;        ///< not on the server any more; their mail would be kept
  std::vector<folder_info> folders_changed;     ///< can be selected, is subscribed: otherwise than in the cache
  std::uint64_t waiting = 0;                    ///< changes in the outbox that would be sent first
  bool pending = false;                         ///< a sync would change something
};

struct sync_report {
  std::vector<folder_report> folders;
  std::uint64_t octets_read = 0;                ///< from the wire
  double seconds = 0;
  std::vector<login_step> steps;
  outbox_report outbox;                         ///< of the replay before the folders
  /// Set when the run ended early; what was stored before is kept. Folder failures alone make errc::incomplete.
  std::optional<error> failure;
  std::optional<sync_forecast> forecast;        ///< of a dry run alone
};

}  // namespace outmap
