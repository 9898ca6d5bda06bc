// Mail to fill mailboxes with. The same seed and number give the same octets on every machine.
#pragma once

#include <cstdint>
#include <string>

namespace outmap::bench {

/// Most mail is small and most octets are in the few large ones: 69 % of 2 to 8 kB, 24 % of 20 to 60 kB, 7 % of 200 to
/// 400 kB; 34 kB on the average.
std::string mixed_message(std::uint32_t seed, std::size_t number);

/// 2 to 4 KiB.
std::string small_message(std::uint32_t seed, std::size_t number);

/// `size` octets or up to 76 more; the header alone has some 300.
std::string message_of(std::uint32_t seed, std::size_t number, std::size_t size);

}  // namespace outmap::bench
