// Answers to a FETCH of bodies that a test speaks itself: the messages of the store, and whatever end it likes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exchange/hooks.hpp"
#include "exchange/mailbox_store.hpp"

namespace outmap::test {

/// A command that asks for whole messages.
bool asks_for_bodies(const exchange::command_seen& command);
/// The UIDs of a UID FETCH, ascending; those that are there.
std::vector<std::uint32_t> asked_uids(const exchange::command_seen& command, const exchange::mailbox_store& in);
/// The untagged part of the answer. `render` may change what a message consists of.
std::string spoken_bodies(const exchange::command_seen& command, const exchange::mailbox_store& in,
                          const std::function<std::string(const exchange::message&)>& render = {});

}  // namespace outmap::test
