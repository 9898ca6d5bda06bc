// The LOGIN name of someone who opens another user's mailbox.
#pragma once

#include <string>
#include <string_view>

namespace outmap::auth {

/// "CORP/anna/bob", "CORP/anna/bob@example.com", "anna@example.com/bob" or "anna@example.com/bob@example.com"
/// (NTLM-2.2.4-02 to 05): what follows the last '/' is the mailbox (NTLM-2.2.4-01). `delegate` is CORP\anna,
/// CORP/anna or a UPN; `principal` an alias or a UPN without '/'. No principal: the delegate's own name as it is.
std::string delegate_login_name(std::string_view delegate, std::string_view principal);

}  // namespace outmap::auth
