// Programs that others wrote, and what they make of an export.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace archive_test {

/// Flags of messages by Message-ID without brackets, as letters of a Maildir's names and in their order: D F R S T.
using flags_by_id = std::map<std::string, std::string>;

/// Says why not, and fails where OUTMAP_REQUIRE_INTEROP is set.
bool is_installed(const char* program, const char* package);

/// A Maildir or an mbox in Python's standard library, its letters as they stand.
flags_by_id read_by_python(const std::filesystem::path& maildir_or_mbox);

/// Seen, flagged, answered and deleted of a Maildir or an mbox, each looked for by mutt's own pattern; it has no drafts.
flags_by_id read_by_mutt(const std::filesystem::path& maildir_or_mbox, const std::filesystem::path& scratch);

/// Seen, flagged, answered and draft of all Maildirs below a folder; notmuch does not care what is deleted.
flags_by_id read_by_notmuch(const std::filesystem::path& maildirs, const std::filesystem::path& scratch);

/// All five of a Maildir or an mbox. Writes beside it and changes its owner.
flags_by_id read_by_dovecot(const std::filesystem::path& maildir_or_mbox, const std::filesystem::path& scratch);

}  // namespace archive_test
