#include "outmap/queued_change.hpp"

namespace outmap {

flag_set flag_change::applied_to(flag_set flags) const {
  flag_set out(static_cast<std::uint8_t>((flags.system_bits() & ~remove) | add));
  if (!flags.keywords().empty()) out.set_keywords(flags.keywords());
  return out;
}

const char* to_string(change_kind kind) noexcept {
  switch (kind) {
    case change_kind::store: return "store";
    case change_kind::copy: return "copy";
    case change_kind::move: return "move";
    case change_kind::append: return "append";
    case change_kind::expunge: return "expunge";
    case change_kind::create: return "create";
    case change_kind::remove: return "delete";
    case change_kind::rename: return "rename";
    case change_kind::subscribe: return "subscribe";
    case change_kind::unsubscribe: return "unsubscribe";
  }
  return "unknown";
}

const char* to_string(change_state state) noexcept {
  switch (state) {
    case change_state::waiting: return "waiting";
    case change_state::in_doubt: return "in doubt";
    case change_state::done: return "done";
    case change_state::refused: return "refused";
    case change_state::conflict: return "conflict";
  }
  return "unknown";
}

}  // namespace outmap
