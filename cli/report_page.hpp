// Runs of backups as a page of HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outmap/backup.hpp"

namespace outmap::cli {

struct reported_account {
  std::string name;
  std::string cache;
  std::string problem;           ///< why its runs cannot be read; empty: they can
  std::vector<backup_run> runs;  ///< oldest first
};

/// One file: its style is in it, its curves are SVG, and it has no script. Every text is escaped.
std::string report_page(const std::vector<reported_account>& accounts);

/// printable(), and safe in HTML.
std::string html_text(std::string_view text);

}  // namespace outmap::cli
