// The rows that the auditor can name.
#pragma once

#include <cstdint>
#include <string_view>

namespace outmap::profile {

/// One enumerator a row, named after what it asks of a client.
enum class audit_rule : std::uint8_t {
  baseline,  ///< RFC 3501 where no row says more
  logout,
  strict_sender,
  single_space,
  tag_format,
  no_recent_flag,
  no_keywords,
  no_envelope,
  no_bodystructure,
  no_parts,
  seven_bit,
  no_nul,
  name_quoting,
  typed_names,
  ampersand,
  no_namespace,
  keep_alive,
  pipelining,
  noop_and_idle,
  no_anonymous,
  no_security_layer,
  mechanisms,
  strong_first,
  plaintext,
  advertised_only,
  capability_after_authenticate,
  ladder,
  capability_after_login,
  select,
  no_examine,
  list,
  lsub,
  status_items,
  append,
  no_create_after_append,
  no_check,
  no_close,
  no_search,
  no_macros,
  no_partial,
  peek_forms,
  fetch_lists,
  store_forms,
  copy,
  no_create_after_copy,
  uid_commands,
  closed_set,
  capability_command,
  noselect,
  no_partial_body,
  no_fetch_bodystructure,
  no_fetch_envelope,
  wildcards_in_names,
  capability_after_starttls,
  list_reference,
  failed_logins,
  starttls,
  ntlm_initiation,
  ntlm_first_message,
  ntlm_flags,
  sasl_line,
  sasl_cancel,
  sasl_base64,
  command_size,
  count_
};

std::string_view id(audit_rule rule) noexcept;

}  // namespace outmap::profile
