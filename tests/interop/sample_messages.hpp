// Messages to fill mailboxes with: made up, or a folder of the tester's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace outmap::interop {

struct sample_message {
  std::string label;   ///< the kind, or the file it came from: for the report of a failed check
  std::string octets;  ///< no NUL
};

/// `count` different messages, the same for the same `seed` on every machine. They go round all kinds this file knows:
/// plain text, MIME of all sorts, attachments, nested messages, 8-bit text with and without charset, raw 8-bit headers,
/// very long lines and headers, LF and mixed line ends, no final line end, no body, repeated and missing Message-IDs.
/// Most are a few KB; one of about 300 KB comes in each round.
std::vector<sample_message> sample_messages(std::size_t count, std::uint32_t seed = 1);

/// The folder that OUTMAP_CORPUS names, if it is set and a folder.
std::optional<std::filesystem::path> corpus_directory();

/// All *.eml below `folder`, whatever the case of the suffix, sorted by path. Empty files and files with a NUL are left
/// out: IMAP without BINARY cannot carry a NUL (RFC 3501 section 4.3.1).
std::vector<sample_message> corpus_messages(const std::filesystem::path& folder);

}  // namespace outmap::interop
