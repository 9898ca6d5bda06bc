// What a client asks FETCH for: one of nine lists, to the letter.
#pragma once

#include <optional>
#include <string_view>

#include "profile/audit_findings.hpp"
#include "profile/fetch_form.hpp"

namespace outmap::profile {

/// `asked` is what stands behind the set. Without a dialect (the client never asked for the capabilities) the group of
/// the list is not judged.
void judge_fetch(std::string_view asked, std::optional<dialect> server, audit_findings& to);

}  // namespace outmap::profile
