// When a server asks for a pause.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace outmap::session {

/// Exchange ends a command that comes too soon with "Request is throttled. Suggested Backoff Time: N milliseconds".
/// Gives N; 0 where it names no time; nothing if the text is about something else. Not bounded.
std::optional<std::chrono::milliseconds> suggested_back_off(std::string_view server_text);

}  // namespace outmap::session
