#include "cache/renamed_mailbox.hpp"

#include <string>

namespace outmap::cache {

std::optional<mailbox_name> renamed_mailbox(const mailbox_name& name, const mailbox_name& from, const mailbox_name& to,
                                            std::optional<char> delimiter) {
  if (name == from) return to;
  if (!delimiter || !name.wire().starts_with(from.wire() + *delimiter)) return std::nullopt;
  return mailbox_name(to.wire() + name.wire().substr(from.wire().size()));
}

}  // namespace outmap::cache
