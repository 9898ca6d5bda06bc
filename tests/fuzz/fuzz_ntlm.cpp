// The CHALLENGE of NTLM. The first octet chooses the version, the rest is the message.
#include <algorithm>

#include "auth/ntlm_message.hpp"
#include "auth/sasl_mechanism.hpp"
#include "fuzz_input.hpp"

using namespace outmap;
using fuzz::must;

namespace {

auth::credentials anna(std::uint8_t kind) {
  auth::credentials who;
  who.user = (kind & 4) != 0 ? "CORP\\" + std::string(200, 'u') : "J\xc3\xb6rg";
  who.password = secret("zq7-s3cret");
  who.host = "mail.example.com";
  who.channel_binding = (kind & 8) != 0 ? std::string(32, 'h') : std::string();
  who.filetime = 133500000000000000;
  who.random = [](std::span<unsigned char> out) { std::fill(out.begin(), out.end(), static_cast<unsigned char>(7)); };
  return who;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto kind = in.octet();
  const auto parsed = auth::parse_challenge(in.rest());
  if (parsed) {
    if (const auto built = auth::build_challenge(*parsed)) {
      const auto again = auth::parse_challenge(*built);
      must(again && again->target_name == parsed->target_name && again->target_info == parsed->target_info,
           "a message that was read can be written and read");
    }
  }
  auth_policy policy;
  policy.ntlm = kind % 3 == 0 ? ntlm_version::v2 : kind % 3 == 1 ? ntlm_version::v1_extended_session : ntlm_version::v1;
  const auto mechanism = auth::make_mechanism(mechanism::ntlm, policy, anna(kind));
  must(mechanism->step("").has_value(), "NEGOTIATE needs no server");
  const auto got = mechanism->step(in.rest());
  must(mechanism->complete() == got.has_value(), "complete with an answer");
  must(!got || parsed, "no answer to what cannot be read");
  if (got) {
    const auto message = auth::parse_authenticate(*got);
    must(message.has_value(), "the answer can be read");
    // The target information goes back as it came.
    must(in.rest().find("zq7-s3cret") != std::string_view::npos || got->find("zq7-s3cret") == std::string::npos,
         "no password");
    must((message->nt_response.size() > 24) == (policy.ntlm == ntlm_version::v2), "the version of the policy");
  } else {
    must(!got.error().detail.empty(), "a reason");
  }
  must(!mechanism->step(in.rest()), "one answer");
  return 0;
}
