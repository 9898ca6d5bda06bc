// The date under which a message is shown and kept.
#pragma once

#include <optional>

#include "cache/reader.hpp"
#include "outmap/types.hpp"

namespace outmap::cache {

/// INTERNALDATE where it was fetched, else the message's own Date field (OIMAP-V0006). May be called while
/// for_each_message() runs.
std::optional<internal_date> received_date(reader& from, folder_id folder, const message_record& message);

}  // namespace outmap::cache
