// The rules that outmap follows and relies on, one row a rule: what Outlook does as an IMAP client, what Exchange does,
// and how NTLM travels in IMAP. The words are ours; the documents named in `source` are the authority.
#pragma once

#include <span>
#include <string_view>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Whether a rule asks anything of this project: of the library, or of the Exchange double that its tests run against.
enum class rule_standing {
  ours,      ///< implemented, and proven by at least one test that carries the id in its name
  not_ours,  ///< `reason` says why
};

/// All views are of static storage and hold printable ASCII.
struct profile_rule {
  std::string_view id;       ///< "OIMAP-V0017", "XIMAP-E0003", "NTLM-2.2.1-03": unique
  std::string_view source;   ///< document: "MS-STANOIMAP", "MS-STANXIMAP", "MS-OXIMAP4"
  std::string_view section;  ///< of the document: "2.2.14"; "6 note <3>"
  std::string_view topic;    ///< a few words
  std::string_view rule;     ///< one or two sentences
  rule_standing standing = rule_standing::ours;
  std::string_view reason;   ///< why it is not ours; empty for a rule that is
};

/// Every rule: client profile, Exchange, NTLM; each in the order of its document. Thread-safe, never empty.
std::span<const profile_rule> profile_rules() noexcept;

/// Null: no rule has this id. Exact match of the whole id.
const profile_rule* find_profile_rule(std::string_view id) noexcept;

}  // namespace outmap
