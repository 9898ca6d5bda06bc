// The challenges of DIGEST-MD5: the first line of the input, and the rest of it as the server's proof.
#include <algorithm>

#include "auth/digest_challenge.hpp"
#include "auth/sasl_mechanism.hpp"
#include "fuzz_input.hpp"

using namespace outmap;
using fuzz::must;

namespace {

auth::credentials jorg(std::string_view password) {
  auth::credentials who;
  who.user = "J\xc3\xb6rg@example.com";
  who.password = secret(password);
  who.host = "mail.example.com";
  who.random = [](std::span<unsigned char> out) { std::fill(out.begin(), out.end(), static_cast<unsigned char>(7)); };
  return who;
}

// Another password has another digest and nothing else. To look for the password in the answer would not do: a server may
// have put it into its challenge.
void check_answer(std::string_view challenge, const std::string& answer) {
  const auto other = auth::make_mechanism(mechanism::digest_md5, auth_policy{}, jorg("another"))->step(challenge);
  must(other.has_value(), "an answer whatever the password");
  const auto ours = auth::parse_digest_directives(answer);
  const auto theirs = auth::parse_digest_directives(*other);
  must(ours && theirs && ours->size() == theirs->size(), "the answer can be read");
  for (std::size_t i = 0; i < ours->size(); ++i) {
    const auto& one = (*ours)[i];
    must(one.name == (*theirs)[i].name, "the same directives for another password");
    must((one.name == "response") == (one.value != (*theirs)[i].value), "no password but in the digest");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto challenge = in.line();
  const auto mechanism = auth::make_mechanism(mechanism::digest_md5, auth_policy{}, jorg("zq7-s3cret"));
  const auto parsed = auth::parse_digest_challenge(challenge);
  const auto got = mechanism->step(challenge);
  must(!got || parsed, "no answer to what cannot be read");
  must(!mechanism->complete(), "not before the server has proved itself");
  if (got) {
    check_answer(challenge, *got);
    const auto last = mechanism->step(in.rest());
    must(mechanism->complete() == last.has_value(), "complete with a proof");
    // What the proof is depends on the password, which no input knows.
    must(!last || auth::parse_digest_rspauth(in.rest()).has_value(), "a proof that can be read");
  }
  must(auth::parse_digest_rspauth(in.rest()).has_value() || true, "never harm");
  return 0;
}
