#include "auth/ntlm_client.hpp"

#include <ntlm.h>

#include <algorithm>
#include <utility>

#include "auth/fill_random.hpp"
#include "auth/little_endian.hpp"
#include "auth/unicode.hpp"

namespace outmap::auth {
namespace {

constexpr std::uint32_t mic_present = 2;  // in MsvAvFlags

std::string text_of(std::string_view octets) { return std::string(octets); }

bool has_flag(std::uint32_t flags, std::uint32_t flag) { return (flags & flag) != 0; }

// libntlm's request, read back. No name goes into it: its buffers are fixed, and the profile sends none.
result<negotiate_message> libntlm_request() {
  tSmbNtlmAuthRequest request{};
  buildSmbNtlmAuthRequest_noatsplit(&request, "", "");
  const auto size = static_cast<std::size_t>(SmbLength(&request));
  return parse_negotiate({reinterpret_cast<const char*>(&request), size});
}

// An acceptor without Unicode gets OEM names; which code page that is nobody says, so ASCII alone is safe.
result<std::string> encode_name(std::string_view name, std::string_view what, std::uint32_t flags) {
  if (has_flag(flags, ntlm_flag::unicode)) return utf16le_from_utf8(name, what);
  if (is_ascii(name)) return text_of(name);
  return fail(errc::mechanism_failed, "NTLM: the server takes no Unicode, and the " + text_of(what) + " needs it");
}

void put(std::vector<av_pair>& pairs, av_id id, std::string value) {
  std::erase_if(pairs, [id](const av_pair& p) { return p.id == id; });
  pairs.push_back({id, std::move(value)});
}

}  // namespace

ntlm_identity split_ntlm_user(std::string_view user) {
  const auto backslash = user.find('\\');
  if (backslash == std::string_view::npos) return {{}, text_of(user)};
  return {text_of(user.substr(0, backslash)), text_of(user.substr(backslash + 1))};
}

ntlm_client::ntlm_client(ntlm_version version, credentials who, std::size_t largest_challenge, ntlm_profile profile)
    : version_(version),
      who_(std::move(who)),
      identity_(split_ntlm_user(who_.user)),
      largest_challenge_(largest_challenge),
      profile_(profile) {
  if (version_ == ntlm_version::v1) profile_.flags &= ~ntlm_flag::extended_session_security;
}

result<std::string> ntlm_client::step(std::string_view challenge) {
  result<std::string> out = fail(errc::mechanism_failed, "NTLM: the server goes on after the last message");
  const state before = std::exchange(state_, state::failed);
  if (before == state::start) {
    out = negotiate();
    if (out) state_ = state::negotiated;
  } else if (before == state::negotiated) {
    out = authenticate(challenge);
    if (out) state_ = state::authenticated;
    who_.password = secret();
  }
  return out;
}

result<std::string> ntlm_client::negotiate() {
  if (identity_.user.empty()) return fail(errc::credentials_missing, "NTLM: no user name");
  auto message = libntlm_request();
  if (!message) return fail(errc::mechanism_failed, "NTLM: libntlm built no request: " + message.error().detail);
  // libntlm offers a fixed set of flags and knows no version field.
  message->flags = profile_.flags;
  if (has_flag(profile_.flags, ntlm_flag::version)) message->product = profile_.product;
  auto built = build_negotiate(*message);
  if (built) negotiate_ = *built;
  return built;
}

result<void> ntlm_client::check(const challenge_message& challenge) const {
  const bool extended = has_flag(challenge.flags, ntlm_flag::extended_session_security);
  if (version_ == ntlm_version::v1_extended_session && !extended) {
    return fail(errc::mechanism_failed,
                "NTLM: the server offers no extended session security, and the policy asks for it");
  }
  // NTLMv2 stands on the target information. Extended session security says how messages would be signed after the
  // log-on, so its absence does not matter; a server that wants NTLMv1 will refuse the response (NTLM-1.7-02).
  if (version_ == ntlm_version::v2 && !challenge.target_info) {
    return fail(errc::mechanism_failed, "NTLM: the server gives no target information, and NTLMv2 needs it");
  }
  return {};
}

result<std::string> ntlm_client::authenticate(std::string_view octets) {
  if (octets.size() > largest_challenge_) {
    return fail(errc::limit_exceeded, "NTLM CHALLENGE: " + std::to_string(octets.size()) + " octets");
  }
  const auto challenge = parse_challenge(octets);
  if (!challenge) return tl::unexpected(challenge.error());
  if (auto usable = check(*challenge); !usable) return tl::unexpected(usable.error());
  const auto legacy = legacy_crypto::open();
  if (!legacy) return tl::unexpected(legacy.error());

  authenticate_message message;
  message.flags = challenge->flags & (profile_.flags | ntlm_flag::target_info);
  if (has_flag(message.flags, ntlm_flag::unicode)) message.flags &= ~ntlm_flag::oem;
  if (has_flag(message.flags, ntlm_flag::version)) message.product = profile_.product;
  struct name_field {
    std::string* to;
    const std::string* from;
    const char* what;
  };
  const name_field names[] = {{&message.domain, &identity_.domain, "domain"},
                              {&message.user, &identity_.user, "user name"},
                              {&message.workstation, &who_.workstation, "workstation name"}};
  for (const auto& name : names) {
    auto encoded = encode_name(*name.from, name.what, message.flags);
    if (!encoded) return encoded;
    *name.to = *std::move(encoded);
  }

  if (version_ != ntlm_version::v2) {
    if (auto done = respond_v1(*legacy, *challenge, message); !done) return tl::unexpected(done.error());
    return build_authenticate(message);
  }
  const auto session_key = respond_v2(*legacy, *challenge, message);
  if (!session_key) return tl::unexpected(session_key.error());
  auto built = build_authenticate(message);
  if (!built || !message.mic) return built;
  const auto code = message_integrity_code(*session_key, negotiate_, octets, *built);
  if (!code) return tl::unexpected(code.error());
  built->replace(mic_offset, code->size(), view_of(*code));
  return built;
}

result<void> ntlm_client::respond_v1(const legacy_crypto& legacy, const challenge_message& challenge,
                                     authenticate_message& out) {
  const auto key = ntowf_v1(legacy, who_.password.reveal());
  if (!key) return tl::unexpected(key.error());
  octets8 challenged = challenge.server_challenge;
  if (version_ == ntlm_version::v1_extended_session) {
    octets8 client_challenge{};
    if (auto done = fill_random(who_.random, client_challenge); !done) return done;
    const auto hash = ess_session_hash(challenge.server_challenge, client_challenge);
    if (!hash) return tl::unexpected(hash.error());
    challenged = *hash;
    out.lm_response = text_of(view_of(client_challenge)) + std::string(16, '\0');
  }
  const auto response = desl(legacy, *key, challenged);
  if (!response) return tl::unexpected(response.error());
  out.nt_response = text_of(view_of(*response));
  // The LM hash never goes out: the NT response stands in its place ([MS-NLMP] 3.3.1, NoLMResponseNTLMv1).
  if (version_ == ntlm_version::v1) out.lm_response = out.nt_response;
  return {};
}

result<key16> ntlm_client::respond_v2(const legacy_crypto& legacy, const challenge_message& challenge,
                                      authenticate_message& out) {
  const auto key = ntowf_v2(legacy, who_.password.reveal(), identity_.user, identity_.domain);
  if (!key) return key;
  ntlmv2_blob blob;
  if (auto done = fill_random(who_.random, blob.client_challenge); !done) return tl::unexpected(done.error());
  const std::string* timestamp = find_av(*challenge.target_info, av_id::timestamp);
  blob.filetime = timestamp != nullptr ? read_le<std::uint64_t>(*timestamp, 0) : who_.filetime;
  auto pairs = response_pairs(*challenge.target_info);
  if (!pairs) return tl::unexpected(pairs.error());
  blob.pairs = *std::move(pairs);
  const auto temp = build_ntlmv2_blob(blob);
  if (!temp) return tl::unexpected(temp.error());

  const auto proof = nt_proof(*key, challenge.server_challenge, *temp);
  if (!proof) return tl::unexpected(proof.error());
  out.nt_response = text_of(view_of(*proof)) + *temp;
  // A server that sends its time gets a MIC and no LM response ([MS-NLMP] 3.1.5.1.2).
  if (timestamp != nullptr) {
    out.lm_response.assign(24, '\0');
    out.mic.emplace();
  } else {
    const auto response = lm_v2(*key, challenge.server_challenge, blob.client_challenge);
    if (!response) return tl::unexpected(response.error());
    out.lm_response = text_of(view_of(*response));
  }
  return session_base_key_v2(*key, *proof);
}

// What the server sent, and ours: the MIC flag, the certificate of the connection, the service that is meant.
result<std::vector<av_pair>> ntlm_client::response_pairs(const std::vector<av_pair>& offered) const {
  auto pairs = offered;
  if (find_av(offered, av_id::timestamp) != nullptr) {
    const std::string* flags = find_av(offered, av_id::flags);
    std::string value;
    append_le(value, (flags != nullptr ? read_le<std::uint32_t>(*flags, 0) : 0U) | mic_present);
    put(pairs, av_id::flags, std::move(value));
  }
  if (!who_.channel_binding.empty()) {
    const auto token = channel_binding_token(who_.channel_binding);
    if (!token) return tl::unexpected(token.error());
    put(pairs, av_id::channel_bindings, text_of(view_of(*token)));
  }
  if (!who_.host.empty()) {
    auto target = utf16le_from_utf8("imap/" + who_.host, "host name");
    if (!target) return tl::unexpected(target.error());
    put(pairs, av_id::target_name, *std::move(target));
  }
  return pairs;
}

}  // namespace outmap::auth
