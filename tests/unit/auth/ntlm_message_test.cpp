#include "auth/ntlm_message.hpp"

#include <doctest/doctest.h>

#include <random>

#include "octets.hpp"
#include "oximap4_example.hpp"

using auth_test::array_from_hex;
using auth_test::from_hex;
using auth_test::to_hex;
using auth_test::wide;
using outmap::errc;
namespace auth = outmap::auth;
using auth::av_id;
using auth::ntlm_flag;

namespace {

std::string with(std::string message, std::size_t at, std::string_view hex) {
  const auto octets = from_hex(hex);
  return message.replace(at, octets.size(), octets);
}

template <class Parser>
void check_fault(Parser parse, const std::string& message, const char* why) {
  CAPTURE(why);
  const auto got = parse(message);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::malformed_response);
  CHECK_MESSAGE(got.error().detail.find(why) != std::string::npos, got.error().detail);
}

}  // namespace

TEST_CASE("NTLM-4.1-01 the messages of the example are read field for field") {
  const auto negotiate = auth::parse_negotiate(oximap4::negotiate()).value();
  CHECK(negotiate.flags == 0xA2088207);
  CHECK(negotiate.domain.empty());
  CHECK(negotiate.workstation.empty());
  CHECK(negotiate.product == auth::ntlm_product{5, 1, 2600, 15});

  const auto challenge = auth::parse_challenge(oximap4::challenge(oximap4::accepted)).value();
  CHECK(challenge.flags == 0xA28A8205);
  CHECK(to_hex(auth::view_of(challenge.server_challenge)) == "9f388aa866237651");
  CHECK(challenge.target_name == wide("TESTSERVER"));
  CHECK(challenge.product == auth::ntlm_product{5, 2, 3790, 15});
  const std::vector<auth::av_pair> pairs = {{av_id::nb_domain_name, wide("TESTSERVER")},
                                            {av_id::nb_computer_name, wide("TESTSERVER")},
                                            {av_id::dns_domain_name, wide("TestServer")},
                                            {av_id::dns_computer_name, wide("TestServer")}};
  REQUIRE(challenge.target_info);
  CHECK(*challenge.target_info == pairs);

  const auto authenticate = auth::parse_authenticate(oximap4::authenticate(oximap4::accepted)).value();
  CHECK(authenticate.flags == 0xA2888205);
  CHECK(authenticate.user == wide("user"));
  CHECK(authenticate.workstation == wide("NF-CLIENT"));
  CHECK(authenticate.domain.empty());
  CHECK(authenticate.session_key.empty());
  CHECK(to_hex(authenticate.lm_response) == "4a32243876385c4a" + std::string(32, '0'));
  CHECK(to_hex(authenticate.nt_response) == "bbcd44a007402ecbdf1b462ea1de6c073097db28db719a6a");
  CHECK(authenticate.product == auth::ntlm_product{5, 1, 2600, 15});
  CHECK_FALSE(authenticate.mic);
}

TEST_CASE("NTLM-4.2-01 the messages of the examples are built octet for octet") {
  for (const auto& example : {oximap4::accepted, oximap4::rejected}) {
    const auto negotiate = oximap4::negotiate();
    CHECK(to_hex(auth::build_negotiate(auth::parse_negotiate(negotiate).value()).value()) == to_hex(negotiate));
    const auto challenge = oximap4::challenge(example);
    CHECK(to_hex(auth::build_challenge(auth::parse_challenge(challenge).value()).value()) == to_hex(challenge));
    const auto authenticate = oximap4::authenticate(example);
    CHECK(to_hex(auth::build_authenticate(auth::parse_authenticate(authenticate).value()).value()) ==
          to_hex(authenticate));
  }
}

TEST_CASE("an AUTHENTICATE with every field comes back as it was") {
  auth::authenticate_message message;
  message.flags = ntlm_flag::unicode | ntlm_flag::version;
  message.domain = wide("CORP");
  message.user = wide("anna");
  message.workstation = wide("PC");
  message.lm_response = std::string(24, 'l');
  message.nt_response = std::string(300, 'n');
  message.session_key = std::string(16, 'k');
  message.product = auth::ntlm_product{10, 0, 19041, 15};
  message.mic = array_from_hex<16>("000102030405060708090a0b0c0d0e0f");
  const auto octets = auth::build_authenticate(message).value();
  CHECK(octets.substr(auth::mic_offset, 16) == from_hex("000102030405060708090a0b0c0d0e0f"));
  const auto back = auth::parse_authenticate(octets).value();
  CHECK(back.domain == message.domain);
  CHECK(back.user == message.user);
  CHECK(back.workstation == message.workstation);
  CHECK(back.lm_response == message.lm_response);
  CHECK(back.nt_response == message.nt_response);
  CHECK(back.session_key == message.session_key);
  CHECK(back.product == message.product);
  CHECK(back.mic == message.mic);
}

TEST_CASE("a NEGOTIATE with names, and the short one of old clients") {
  const auth::negotiate_message message{ntlm_flag::oem | ntlm_flag::version, "CORP", "PC",
                                        auth::ntlm_product{6, 1, 7601, 15}};
  const auto back = auth::parse_negotiate(auth::build_negotiate(message).value()).value();
  CHECK(back.domain == "CORP");
  CHECK(back.workstation == "PC");
  CHECK(back.product == message.product);
  CHECK(auth::parse_negotiate(oximap4::negotiate().substr(0, 16)).value().flags == 0xA2088207);
  CHECK_FALSE(auth::parse_negotiate(oximap4::negotiate().substr(0, 32)).value().product);
}

TEST_CASE("a CHALLENGE may end after the server challenge when it announces nothing more") {
  auto octets = oximap4::challenge(oximap4::accepted).substr(0, 32);
  octets = with(octets, 12, "0000000000000000");
  octets = with(octets, 20, "05820000");
  const auto got = auth::parse_challenge(octets).value();
  CHECK(to_hex(auth::view_of(got.server_challenge)) == "9f388aa866237651");
  CHECK_FALSE(got.target_info);
}

TEST_CASE("every fault of a CHALLENGE has its own error") {
  const auto good = oximap4::challenge(oximap4::accepted);
  const auto bad = [](const std::string& message, const char* why) {
    check_fault(auth::parse_challenge, message, why);
  };
  bad("", "empty");
  bad("+OK", "signature");
  bad(with(good, 7, "01"), "signature");
  bad(good.substr(0, 11), "too short for its type");
  bad(with(good, 8, "01000000"), "message type 1, not 2");
  bad(good.substr(0, 31), "shorter than its header");
  bad(with(good, 16, "1f000000"), "target name lies in the header");
  bad(with(good, 16, "ff000000"), "target name begins past the end");
  bad(with(good, 16, "ffffffff"), "target name begins past the end");
  bad(with(good, 12, "ffff"), "target name passes the end");
  bad(with(good, 16, "af000000"), "target name passes the end");
  bad(with(good, 12, "1300"), "target name has an odd length");
  bad(good.substr(0, 47), "target name begins past the end");
  bad(with(good, 12, "0000").substr(0, 47), "no room for the target information");
  bad(with(good, 16, "28000000"), "no room for the target information");
  bad(with(good, 44, "2f000000"), "target information lies in the header");
  bad(with(good, 44, "00010000"), "target information begins past the end");
  bad(with(good, 40, "6500"), "target information passes the end");
  bad(good.substr(0, 175), "target information passes the end");
  bad(with(good, 40, "6000"), "no end mark");
  bad(with(good, 40, "0000"), "no end mark");
  bad(with(good, 0x4c + 2, "6400"), "pair 2 passes the end");
  bad(with(good, 0x4c + 2, "1300"), "pair 2 has an odd length");
  bad(with(good, 0x4c + 24, "0200"), "pair 2 comes twice");
  bad(with(good, 0x4c, "0600"), "pair 6 has 20 octets, not 4");
  bad(with(good, 0x4c, "0700"), "pair 7 has 20 octets, not 8");
  bad(with(good, 0x4c, "0a00"), "pair 10 has 20 octets, not 16");
  bad(with(good, 0x4c, "0000"), "end mark with a length");
}

TEST_CASE("every fault of the client's messages has its own error") {
  const auto negotiate = oximap4::negotiate();
  check_fault(auth::parse_negotiate, "", "empty");
  check_fault(auth::parse_negotiate, negotiate.substr(0, 15), "shorter than its header");
  check_fault(auth::parse_negotiate, with(negotiate, 8, "02000000"), "message type 2, not 1");
  check_fault(auth::parse_negotiate, with(negotiate, 16, "0100010010000000"), "domain lies in the header");
  check_fault(auth::parse_negotiate, with(negotiate, 24, "0900090020000000"), "workstation passes the end");

  const auto authenticate = oximap4::authenticate(oximap4::accepted);
  check_fault(auth::parse_authenticate, authenticate.substr(0, 63), "shorter than its header");
  check_fault(auth::parse_authenticate, authenticate.substr(0, 145), "NT response passes the end");
  check_fault(auth::parse_authenticate, with(authenticate, 16, "00000000"), "LM response lies in the header");
  check_fault(auth::parse_authenticate, with(authenticate, 40, "ffffff7f"), "user name begins past the end");
  check_fault(auth::parse_authenticate, with(authenticate, 36, "0700"), "user name has an odd length");

  check_fault(auth::parse_ntlmv2_blob, std::string(27, '\1'), "too short");
  check_fault(auth::parse_ntlmv2_blob, std::string(40, '\2'), "unknown version");
  check_fault(auth::parse_ntlmv2_blob, from_hex("0101") + std::string(26, '\0'), "no end mark");
}

TEST_CASE("AV pairs keep their order and ids that nobody knows") {
  const std::vector<auth::av_pair> pairs = {
      {av_id::timestamp, "12345678"}, {static_cast<av_id>(99), "x"}, {av_id::flags, "1234"}};
  const auto list = auth::build_av_pairs(pairs).value();
  CHECK(auth::parse_av_pairs(list).value() == pairs);
  CHECK(auth::parse_av_pairs(list + "junk").value() == pairs);
  REQUIRE(auth::find_av(pairs, av_id::flags) != nullptr);
  CHECK(*auth::find_av(pairs, av_id::flags) == "1234");
  CHECK(auth::find_av(pairs, av_id::target_name) == nullptr);
}

TEST_CASE("the NTLMv2 blob comes back as it was") {
  const auth::ntlmv2_blob blob{
      0x01d0123456789abc, array_from_hex<8>("0102030405060708"), {{av_id::target_name, wide("imap/x")}}};
  const auto back = auth::parse_ntlmv2_blob(auth::build_ntlmv2_blob(blob).value()).value();
  CHECK(back.filetime == blob.filetime);
  CHECK(back.client_challenge == blob.client_challenge);
  CHECK(back.pairs == blob.pairs);
}

TEST_CASE("what a 16-bit length cannot say is refused, not cut") {
  auth::authenticate_message message;
  message.nt_response = std::string(0x10000, 'n');
  CHECK(auth::build_authenticate(message).error().code == errc::invalid_argument);
  CHECK(auth::build_av_pairs({{av_id::target_name, std::string(0x10000, 'n')}}).error().code == errc::invalid_argument);
  message.nt_response = std::string(0xffff, 'n');
  CHECK(auth::parse_authenticate(auth::build_authenticate(message).value()).value().nt_response == message.nt_response);
}

TEST_CASE("mutated messages never do harm") {
  std::mt19937 generator(1964);
  const auto mutate = [&](std::string message) {
    const auto edits = 1 + generator() % 6;
    for (unsigned i = 0; i < edits && !message.empty(); ++i) {
      const auto at = generator() % message.size();
      switch (generator() % 5) {
        case 0: message[at] = static_cast<char>(generator()); break;
        case 1:
          message[generator() % std::min<std::size_t>(message.size(), 72)] = static_cast<char>(generator());
          break;
        case 2: message.erase(at, 1 + generator() % 8); break;
        case 3: message.insert(at, 1 + generator() % 8, static_cast<char>(generator())); break;
        default: message.resize(at); break;
      }
    }
    return message;
  };
  int accepted = 0;
  const auto look = [&](const auto& got) {
    if (got) {
      ++accepted;
    } else {
      CHECK(got.error().code == errc::malformed_response);
      CHECK_FALSE(got.error().detail.empty());
    }
  };
  for (int round = 0; round < 6000; ++round) {
    look(auth::parse_negotiate(mutate(oximap4::negotiate())));
    look(auth::parse_challenge(mutate(oximap4::challenge(oximap4::accepted))));
    look(auth::parse_authenticate(mutate(oximap4::authenticate(oximap4::rejected))));
  }
  CHECK(accepted > 0);
}
