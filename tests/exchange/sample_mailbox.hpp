// A mailbox to show and to test with: the same messages for the same seed, on every machine.
#pragma once

#include <cstdint>

#include "mailbox_directory.hpp"
#include "mailbox_store.hpp"

namespace outmap::exchange {

inline constexpr std::uint32_t default_sample_seed = 2011;

/// Several hundred messages, 10 to 20 MB: conversations in ten languages, plain text, alternatives, attachments up to
/// about 2 MB, all 7-bit (XIMAP-V0007); nested folders with international names, one of them empty, one \Noselect,
/// one with more than 200 messages; every system flag and $MDNSent; dates over twelve years. The folders are subscribed
/// but for one, and one name is subscribed that does not exist.
loaded make_sample_mailbox(mailbox_store& into, std::uint32_t seed = default_sample_seed);

}  // namespace outmap::exchange
