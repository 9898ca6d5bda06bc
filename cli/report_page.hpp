// Runs of backups as a page of HTML.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/backup.hpp"

namespace outmap::cli {

struct reported_account {
  std::string name;
  std::string cache;
  std::string problem;           ///< why its runs or its mail cannot be read; empty: they can
  std::vector<backup_run> runs;  ///< oldest first
};

/// One file: its style is in it, its curves are SVG, and it has no script. Every text is escaped. The accounts that need
/// somebody come first; of very many accounts each shows its last runs only. `now` (Unix seconds) is what it says of its own age.
std::string report_page(const std::vector<reported_account>& accounts, std::int64_t now);

/// printable(), and safe in HTML: in text and between double quotes.
std::string html_text(std::string_view text);

}  // namespace outmap::cli
