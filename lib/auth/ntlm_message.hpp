// The three NTLM messages as values ([MS-NLMP] 2.2): octets to structs and back.
//
// Every parser checks each length and offset against the message before it follows it and copies what it keeps, so
// nothing refers to the input afterwards. Error of a parser: malformed_response, with a text of its own for each
// fault. Error of a builder: invalid_argument when a field is longer than its 16-bit length can say.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ntlm_crypto.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

/// Negotiation flags, 2.2.2.5.
struct ntlm_flag {
  static constexpr std::uint32_t unicode = 0x00000001;
  static constexpr std::uint32_t oem = 0x00000002;
  static constexpr std::uint32_t request_target = 0x00000004;
  static constexpr std::uint32_t sign = 0x00000010;
  static constexpr std::uint32_t seal = 0x00000020;
  static constexpr std::uint32_t datagram = 0x00000040;
  static constexpr std::uint32_t lm_key = 0x00000080;
  static constexpr std::uint32_t ntlm = 0x00000200;
  static constexpr std::uint32_t anonymous = 0x00000800;
  static constexpr std::uint32_t always_sign = 0x00008000;
  static constexpr std::uint32_t target_type_domain = 0x00010000;
  static constexpr std::uint32_t target_type_server = 0x00020000;
  static constexpr std::uint32_t extended_session_security = 0x00080000;
  static constexpr std::uint32_t target_info = 0x00800000;
  static constexpr std::uint32_t version = 0x02000000;
  static constexpr std::uint32_t key_128 = 0x20000000;
  static constexpr std::uint32_t key_exchange = 0x40000000;
  static constexpr std::uint32_t key_56 = 0x80000000;
};

/// The VERSION structure, 2.2.2.10; of no effect on the protocol.
struct ntlm_product {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint16_t build = 0;
  std::uint8_t revision = 15;
  friend bool operator==(const ntlm_product&, const ntlm_product&) = default;
};

/// AV pairs, 2.2.2.1. Names are UTF-16LE whatever the flags say.
enum class av_id : std::uint16_t {
  eol = 0,
  nb_computer_name = 1,
  nb_domain_name = 2,
  dns_computer_name = 3,
  dns_domain_name = 4,
  dns_tree_name = 5,
  flags = 6,      ///< 4 octets; bit 2: the AUTHENTICATE_MESSAGE carries a MIC
  timestamp = 7,  ///< 8 octets, FILETIME
  single_host = 8,
  target_name = 9,        ///< service principal name, from the client
  channel_bindings = 10,  ///< 16 octets, from the client
};

struct av_pair {
  av_id id = av_id::eol;
  std::string value;
  friend bool operator==(const av_pair&, const av_pair&) = default;
};

/// The pairs in order, without MsvAvEOL. `list` must hold the MsvAvEOL; octets after it are not looked at. Values of
/// known ids must have the size of their kind, and no known id may come twice; unknown ids are kept.
result<std::vector<av_pair>> parse_av_pairs(std::string_view list);
/// With MsvAvEOL at the end.
result<std::string> build_av_pairs(const std::vector<av_pair>& pairs);
/// The value of the first pair with that id.
[[nodiscard]] const std::string* find_av(const std::vector<av_pair>& pairs, av_id id);

/// NEGOTIATE_MESSAGE, 2.2.1.1. Names are OEM octets.
struct negotiate_message {
  std::uint32_t flags = 0;
  std::string domain;
  std::string workstation;
  std::optional<ntlm_product> product;  ///< present when the version flag is set and the message has room for it
};
result<negotiate_message> parse_negotiate(std::string_view message);
/// An absent name gets length and offset 0. `product` is written when present; set the flag yourself.
result<std::string> build_negotiate(const negotiate_message& message);

/// CHALLENGE_MESSAGE, 2.2.1.2. `target_name` is UTF-16LE or OEM octets, as the unicode flag says.
struct challenge_message {
  std::uint32_t flags = 0;
  octets8 server_challenge{};
  std::string target_name;
  std::optional<std::vector<av_pair>> target_info;  ///< present exactly when the target_info flag is set
  std::optional<ntlm_product> product;
};
/// Takes the short forms of old acceptors too, which end after the challenge or the reserved field.
result<challenge_message> parse_challenge(std::string_view message);
result<std::string> build_challenge(const challenge_message& message);

/// AUTHENTICATE_MESSAGE, 2.2.1.3. Names are UTF-16LE or OEM octets, as the unicode flag says.
struct authenticate_message {
  std::uint32_t flags = 0;
  std::string domain;
  std::string user;
  std::string workstation;
  std::string lm_response;
  std::string nt_response;
  std::string session_key;
  std::optional<ntlm_product> product;
  /// Present when the payload leaves room for it. Whether it counts is said by MsvAvFlags in the NTLMv2 response.
  std::optional<octets16> mic;
};
result<authenticate_message> parse_authenticate(std::string_view message);
/// Payload order: domain, user, workstation, LM response, NT response, session key. The version field is always
/// there, zero without `product`; the MIC field only with `mic`.
result<std::string> build_authenticate(const authenticate_message& message);
/// Where the 16 octets of the MIC lie in an AUTHENTICATE_MESSAGE that has them.
inline constexpr std::size_t mic_offset = 72;

/// NTLMv2_CLIENT_CHALLENGE, 2.2.2.7: what follows the 16 octets of NTProofStr in an NTLMv2 response ("temp" in 3.3.2).
struct ntlmv2_blob {
  std::uint64_t filetime = 0;  ///< 100 ns since 1601-01-01
  octets8 client_challenge{};
  std::vector<av_pair> pairs;
};
result<ntlmv2_blob> parse_ntlmv2_blob(std::string_view temp);
result<std::string> build_ntlmv2_blob(const ntlmv2_blob& blob);

}  // namespace outmap::auth
