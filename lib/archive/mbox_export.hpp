// One mailbox of a cache into one mbox.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "archive/directory.hpp"
#include "archive/folder_plan.hpp"
#include "cache/reader.hpp"
#include "outmap/error.hpp"
#include "outmap/export.hpp"

namespace outmap::archive {

/// Appends to `<name>.mbox` in `where`, which is at `folder_path`, those of `messages` that are not in it, known by mbox_sum(). While it grows,
/// `.<name>.mbox.growing` holds the size that it had: what a crash left behind that goes at the next export. What is in
/// the file is never changed. Without `where` nothing is written: a dry run. Counts into `report`, and calls `step` after each message. Failures of single messages
/// stand in the report; the error is one of the file. A file that is no mbox is left alone: wrong_format.
result<void> export_mbox(cache::reader& from, cache::folder_id folder, const std::vector<wanted_message>& messages,
                         const directory* where, const std::filesystem::path& folder_path, const std::string& name,
                         const std::atomic<bool>& stop, export_report& report, const std::function<void()>& step);

}  // namespace outmap::archive
