#include "profile/audit_word.hpp"

#include <algorithm>
#include <array>

#include "profile/state_bits.hpp"
#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;

constexpr std::array<audit_word_traits, static_cast<std::size_t>(audit_word::unknown) + 1> table = {{
    {"CAPABILITY", any_state, rule::capability_command, {}},
    {"NOOP", any_state, rule::noop_and_idle, {}},
    {"LOGOUT", any_state, rule::logout, {}},
    {"STARTTLS", before_login, rule::starttls, {}},
    {"AUTHENTICATE", before_login, rule::mechanisms, {}},
    {"LOGIN", before_login, rule::advertised_only, {}},
    {"SELECT", after_login, rule::select, {}},
    {"EXAMINE", after_login, {}, rule::no_examine},
    {"CREATE", after_login, rule::wildcards_in_names, {}},
    {"DELETE", after_login, rule::baseline, {}},
    {"RENAME", after_login, rule::baseline, {}},
    {"SUBSCRIBE", after_login, rule::baseline, {}},
    {"UNSUBSCRIBE", after_login, rule::baseline, {}},
    {"LIST", after_login, rule::list, {}},
    {"LSUB", after_login, rule::lsub, {}},
    {"STATUS", after_login, rule::status_items, {}},
    {"APPEND", after_login, rule::append, {}},
    {"CHECK", in_mailbox, {}, rule::no_check},
    {"CLOSE", in_mailbox, {}, rule::no_close},
    {"EXPUNGE", in_mailbox, rule::baseline, {}},
    {"SEARCH", in_mailbox, {}, rule::no_search},
    {"FETCH", in_mailbox, rule::fetch_lists, {}},
    {"STORE", in_mailbox, rule::store_forms, {}},
    {"COPY", in_mailbox, rule::copy, {}},
    {"UID", in_mailbox, rule::uid_commands, {}},
    {"IDLE", after_login, rule::noop_and_idle, {}},
    {"COMPRESS", after_login, {}, rule::closed_set},
    {"", any_state, {}, rule::closed_set},
    {"", any_state, {}, rule::closed_set},
}};

// Words that may be shown, since they are no user's secret.
constexpr std::string_view extension_words[] = {
    "CANCELUPDATE",
    "COMPARATOR",
    "CONVERT",
    "DELETEACL",
    "ENABLE",
    "ESEARCH",
    "GENURLAUTH",
    "GETACL",
    "GETANNOTATION",
    "GETMETADATA",
    "GETQUOTA",
    "GETQUOTAROOT",
    "ID",
    "JMAPACCESS",
    "LANGUAGE",
    "LISTRIGHTS",
    "MOVE",
    "MYRIGHTS",
    "NAMESPACE",
    "NOTIFY",
    "RESETKEY",
    "RLIST",
    "RLSUB",
    "SETACL",
    "SETANNOTATION",
    "SETMETADATA",
    "SETQUOTA",
    "SORT",
    "THREAD",
    "UNAUTHENTICATE",
    "UNSELECT",
    "URLFETCH",
    "XAPPLEPUSHSERVICE",
    "XATOM",
    "XCLIENT",
    "XCONVFETCH",
    "XLIST",
    "XMYHIGHESTMODSEQ",
    "XSTATS",
    "XWARMUP",
    "REPLACE",
    "UIDBATCHES",
    "PROXYAUTH",
};

}  // namespace

audit_word word_in(std::string_view text) noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(audit_word::extension); ++i) {
    if (wire::grammar::is_word(text, table[i].name)) return static_cast<audit_word>(i);
  }
  const bool known = std::any_of(std::begin(extension_words), std::end(extension_words),
                                 [text](std::string_view w) { return wire::grammar::is_word(text, w); });
  return known ? audit_word::extension : audit_word::unknown;
}

const audit_word_traits& traits(audit_word word) noexcept { return table[static_cast<std::size_t>(word)]; }

}  // namespace outmap::profile
