// The example exchanges of [MS-OXIMAP4] 4.1 (accepted) and 4.2 (rejected).
#pragma once

#include <string>

#include "octets.hpp"

namespace oximap4 {

/// Each is the whole message in hexadecimal digits. The NEGOTIATE_MESSAGE is the same in both.
struct example {
  const char* password;
  const char* client_challenge;
  const char* challenge;
  const char* authenticate;
};

inline constexpr const char* negotiate_hex =
    "4e 54 4c 4d 53 53 50 00 01 00 00 00 07 82 08 a2 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
    "05 01 28 0a 00 00 00 0f ";

inline constexpr example accepted{"password", "4a32243876385c4a",
                                  "4e 54 4c 4d 53 53 50 00 02 00 00 00 14 00 14 00 "
                                  "38 00 00 00 05 82 8a a2 9f 38 8a a8 66 23 76 51 "
                                  "00 00 00 00 00 00 00 00 64 00 64 00 4c 00 00 00 "
                                  "05 02 ce 0e 00 00 00 0f 54 00 45 00 53 00 54 00 "
                                  "53 00 45 00 52 00 56 00 45 00 52 00 02 00 14 00 "
                                  "54 00 45 00 53 00 54 00 53 00 45 00 52 00 56 00 "
                                  "45 00 52 00 01 00 14 00 54 00 45 00 53 00 54 00 "
                                  "53 00 45 00 52 00 56 00 45 00 52 00 04 00 14 00 "
                                  "54 00 65 00 73 00 74 00 53 00 65 00 72 00 76 00 "
                                  "65 00 72 00 03 00 14 00 54 00 65 00 73 00 74 00 "
                                  "53 00 65 00 72 00 76 00 65 00 72 00 00 00 00 00 ",
                                  "4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00 "
                                  "62 00 00 00 18 00 18 00 7a 00 00 00 00 00 00 00 "
                                  "48 00 00 00 08 00 08 00 48 00 00 00 12 00 12 00 "
                                  "50 00 00 00 00 00 00 00 92 00 00 00 05 82 88 a2 "
                                  "05 01 28 0a 00 00 00 0f 75 00 73 00 65 00 72 00 "
                                  "4e 00 46 00 2d 00 43 00 4c 00 49 00 45 00 4e 00 "
                                  "54 00 4a 32 24 38 76 38 5c 4a 00 00 00 00 00 00 "
                                  "00 00 00 00 00 00 00 00 00 00 bb cd 44 a0 07 40 "
                                  "2e cb df 1b 46 2e a1 de 6c 07 30 97 db 28 db 71 "
                                  "9a 6a "};

inline constexpr example rejected{"badpassword", "0e6ab27a959e5937",
                                  "4e 54 4c 4d 53 53 50 00 02 00 00 00 14 00 14 00 "
                                  "38 00 00 00 05 82 8a a2 79 45 9d e4 44 b8 06 2d "
                                  "00 00 00 00 00 00 00 00 64 00 64 00 4c 00 00 00 "
                                  "05 02 ce 0e 00 00 00 0f 54 00 45 00 53 00 54 00 "
                                  "53 00 45 00 52 00 56 00 45 00 52 00 02 00 14 00 "
                                  "54 00 45 00 53 00 54 00 53 00 45 00 52 00 56 00 "
                                  "45 00 52 00 01 00 14 00 54 00 45 00 53 00 54 00 "
                                  "53 00 45 00 52 00 56 00 45 00 52 00 04 00 14 00 "
                                  "54 00 65 00 73 00 74 00 53 00 65 00 72 00 76 00 "
                                  "65 00 72 00 03 00 14 00 54 00 65 00 73 00 74 00 "
                                  "53 00 65 00 72 00 76 00 65 00 72 00 00 00 00 00 ",
                                  "4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00 "
                                  "62 00 00 00 18 00 18 00 7a 00 00 00 00 00 00 00 "
                                  "48 00 00 00 08 00 08 00 48 00 00 00 12 00 12 00 "
                                  "50 00 00 00 00 00 00 00 92 00 00 00 05 82 88 a2 "
                                  "05 01 28 0a 00 00 00 0f 75 00 73 00 65 00 72 00 "
                                  "4e 00 46 00 2d 00 43 00 4c 00 49 00 45 00 4e 00 "
                                  "54 00 0e 6a b2 7a 95 9e 59 37 00 00 00 00 00 00 "
                                  "00 00 00 00 00 00 00 00 00 00 83 f6 60 fc 8e 65 "
                                  "ac e0 59 19 7b 9f 7f 9c d6 f5 70 5d 87 90 bd 02 "
                                  "19 9c "};

inline std::string negotiate() { return auth_test::from_hex(negotiate_hex); }
inline std::string challenge(const example& e) { return auth_test::from_hex(e.challenge); }
inline std::string authenticate(const example& e) { return auth_test::from_hex(e.authenticate); }

}  // namespace oximap4
