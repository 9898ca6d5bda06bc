// The challenges of DIGEST-MD5: the first line of the input, and the rest of it as the server's proof.
#include <algorithm>

#include "auth/digest_challenge.hpp"
#include "auth/sasl_mechanism.hpp"
#include "fuzz_input.hpp"

using namespace outmap;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto challenge = in.line();
  auth::credentials who;
  who.user = "J\xc3\xb6rg@example.com";
  who.password = secret("zq7-s3cret");
  who.host = "mail.example.com";
  who.random = [](std::span<unsigned char> out) { std::fill(out.begin(), out.end(), static_cast<unsigned char>(7)); };
  const auto mechanism = auth::make_mechanism(mechanism::digest_md5, auth_policy{}, who);
  const auto parsed = auth::parse_digest_challenge(challenge);
  const auto got = mechanism->step(challenge);
  must(!got || parsed, "no answer to what cannot be read");
  must(!mechanism->complete(), "not before the server has proved itself");
  if (got) {
    must(got->find("zq7-s3cret") == std::string::npos, "no password");
    must(auth::parse_digest_directives(*got).has_value(), "the answer can be read");
    const auto last = mechanism->step(in.rest());
    must(mechanism->complete() == last.has_value(), "complete with a proof");
    // What the proof is depends on the password, which no input knows.
    must(!last || auth::parse_digest_rspauth(in.rest()).has_value(), "a proof that can be read");
  }
  must(auth::parse_digest_rspauth(in.rest()).has_value() || true, "never harm");
  return 0;
}
