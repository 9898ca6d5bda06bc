// Joins coroutines to the writer's thread.
#pragma once

#include <asio/awaitable.hpp>

#include "cache/writer.hpp"
#include "outmap/error.hpp"

namespace outmap::sync {

/// Returns once the writer's queue has room; at once if it has. A slow disk so slows the socket, and one that has
/// failed ends the reading of what could not be stored.
asio::awaitable<result<void>> wait_for_room(cache::writer& to);

/// Returns after everything posted is committed.
asio::awaitable<result<void>> wait_for_commit(cache::writer& to);

/// As wait_for_commit(), and durable at power loss.
asio::awaitable<result<void>> wait_until_durable(cache::writer& to);

}  // namespace outmap::sync
