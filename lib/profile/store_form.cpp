#include "profile/store_form.hpp"

#include <array>

namespace outmap::profile {

std::string_view text(store_form form) noexcept {
  static constexpr std::array<std::string_view, 13> table = {
      "FLAGS",
      "+FLAGS (\\Deleted \\Seen)",
      "-FLAGS (\\Deleted)",
      "+FLAGS (\\Seen)",
      "-FLAGS (\\Seen)",
      "+FLAGS.SILENT (\\Deleted)",
      "-FLAGS.SILENT (\\Deleted)",
      "+FLAGS.SILENT (\\Seen)",
      "-FLAGS.SILENT (\\Seen)",
      "+FLAGS.SILENT (\\Flagged)",
      "-FLAGS.SILENT (\\Flagged)",
      "+FLAGS.SILENT (\\Answered)",
      "-FLAGS.SILENT (\\Answered)",
  };
  return table[static_cast<std::size_t>(form)];
}

}  // namespace outmap::profile
