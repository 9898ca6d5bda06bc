// Whether so much of what is held may be taken for gone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "outmap/config.hpp"
#include "outmap/error.hpp"

namespace outmap::sync {

/// errc::guard_tripped, of scope folder, if `gone` of the `held` messages are more than the limit lets pass.
std::optional<error> judge_deletions(std::string_view folder, std::uint64_t gone, std::uint64_t held,
                                     const deletion_limit& limit);

/// As judge_deletions(), for the folders of an account; of scope account. A few may always go. A limit that names no
/// share is taken for one of half of the folders.
std::optional<error> judge_lost_folders(std::uint64_t gone, std::uint64_t known, const deletion_limit& limit);

}  // namespace outmap::sync
