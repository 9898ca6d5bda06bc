// Whether a message on the server is the one that was to be put there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outmap::sync {

enum class likeness {
  same,
  other,
  unclear,  ///< nothing tells them apart but the text, and that differs: a rewritten message, or another version of it
};

/// What a copy on the same server has in common with its source, whatever the server does to the MIME structure
/// (NTLM-PB9): the fields Message-ID, Date, From, To, Cc, Subject and In-Reply-To, unfolded; of a header with none of
/// them all of it. RFC822.SIZE plays no part (OIMAP-V0007).
std::string copy_key(std::string_view header);

/// Whether a message with the header `theirs` may be one that was appended with the header `ours`. Message-ID, Date (as
/// a point in time) and Subject count, each where ours has it: a server adds what is missing, so what we lack may be
/// anything. A Subject with encoded words may have been encoded anew and is left out.
bool may_be_same(std::string_view ours, std::string_view theirs);

/// Of whole messages whose headers may be the same. `same`: equal but for line ends, or equal in their recipients and in
/// what their parts stand for, whatever the order, boundaries and encodings of these. Otherwise `unclear` where both have
/// the same Message-ID or Date, or where ours has neither and both have the same Subject; `other` where not.
likeness likeness_of(std::string_view ours, std::string_view theirs);

}  // namespace outmap::sync
