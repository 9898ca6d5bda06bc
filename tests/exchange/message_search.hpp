// Whether a message meets a search key: what can be told from its octets and its record.
#pragma once

#include <string>
#include <string_view>

#include "mailbox_store.hpp"
#include "search_key.hpp"

namespace outmap::exchange {

/// What a session knows of one message.
struct search_subject {
  const message& what;
  bool recent = false;
  std::uint64_t size = 0;  ///< as RFC822.SIZE would say now (XIMAP-V0040, XIMAP-V0041)
  std::uint32_t number = 0;
  std::uint32_t last_number = 0;
  std::uint32_t last_uid = 0;
  bool only_mdn_sent = true;  ///< XIMAP-V0039, XIMAP-V0042: no other keyword is looked at
};

/// Text is compared without regard to ASCII case, in headers unfolded and with encoded words decoded, in text parts
/// decoded.
bool meets(const search_key& key, const search_subject& subject);

}  // namespace outmap::exchange
