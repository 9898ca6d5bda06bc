// One frame in, one typed response out.
#pragma once

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "wire/framer.hpp"
#include "wire/quirks.hpp"
#include "wire/response.hpp"

namespace outmap::wire {

/// Parses one frame. An error means that this frame is not understood (scope message, code malformed_response or
/// limit_exceeded, detail names rule and octet): drop it, count it, read the next; what its body events brought
/// belongs to no message. A bad optional item inside a FETCH or LIST does not fail the frame; the item is left out.
/// The streamed items of fetch_data::bodies stand in the order of the body events. Pure; no allocation beyond the
/// result.
result<response> parse(const frame& input, const limits& bounds = {}, quirks tolerated = quirks::all());

}  // namespace outmap::wire
