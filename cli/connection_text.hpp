// What is known of a connection, for people.
#pragma once

#include "cli/output.hpp"
#include "outmap/report.hpp"

namespace outmap::cli {

/// "label         text", the text made printable.
std::string labelled(std::string_view label, std::string_view text);

void print_tls(output& out, const std::optional<tls_report>& tls);

/// Words separated by spaces.
std::string words(const std::vector<std::string>& list);

}  // namespace outmap::cli
