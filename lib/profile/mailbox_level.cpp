#include "profile/mailbox_level.hpp"

#include "wire/modified_utf7.hpp"

namespace outmap::profile {

result<mailbox_name> child_mailbox(const mailbox_name& parent, std::optional<char> delimiter, std::string_view level) {
  if (level.empty()) return fail(errc::invalid_argument, "a mailbox name may not be empty");
  if (delimiter && level.find(*delimiter) != std::string_view::npos) {
    return fail(errc::invalid_argument, "'" + std::string(1, *delimiter) +
                                            "' separates the levels of this server's mailbox names and may not "
                                            "stand in one (OIMAP-V0020)");
  }
  if (!parent.wire().empty() && !delimiter) {
    return fail(errc::invalid_argument,
                "this server announced no hierarchy delimiter, so a mailbox cannot be put below another");
  }
  auto wire = wire::encode_modified_utf7(level);
  if (!wire) return tl::unexpected(wire.error());
  if (parent.wire().empty()) return mailbox_name(std::move(*wire));
  return mailbox_name(parent.wire() + *delimiter + *wire);
}

}  // namespace outmap::profile
