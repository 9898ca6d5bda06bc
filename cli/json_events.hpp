// The library's reports as fields of JSON events. Texts are as the server sent them.
#pragma once

#include "cli/output.hpp"
#include "outmap/observer.hpp"
#include "outmap/report.hpp"
#include "outmap/store.hpp"

namespace outmap::cli {

std::string_view name_of(tls_mode mode) noexcept;  ///< "implicit", "starttls", "none"

json json_of(const tls_report& tls);
json json_of(const login_step& step);
json json_of(const probe_report& report);
json json_of(const login_report& report);
json json_of(const folder_info& folder);
json json_of(const folder_report& folder);
json json_of(const stored_folder& folder);
json json_of(const progress& now);
/// System flags and keywords as an array of strings.
json json_of(const flag_set& flags);
/// uid, flags, size, date, body
json json_of(const stored_message& message);

/// What a mechanism or capability word offers: the words behind AUTH=.
std::vector<std::string> mechanisms_of(const std::vector<std::string>& capabilities);

/// A rung of probe_report::ladder that a login would climb, not pass over.
bool would_be_tried(const login_step& step);

}  // namespace outmap::cli
