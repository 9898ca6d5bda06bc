#include "wire/modified_utf7.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace outmap;
using namespace outmap::wire;

namespace {

std::string utf8(const std::vector<std::uint32_t>& characters) {
  std::string out;
  for (const auto c : characters) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0 | c >> 6);
      tail(0);
    } else if (c < 0x10000) {
      out += static_cast<char>(0xe0 | c >> 12);
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xf0 | c >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return out;
}

// Ends of ranges are exclusive. ASCII is drawn often, so that shifts open and close.
rc::Gen<std::uint32_t> any_character() {
  return rc::gen::oneOf(rc::gen::inRange(0x20u, 0x7fu), rc::gen::just(std::uint32_t{'&'}),
                        rc::gen::just(std::uint32_t{'-'}), rc::gen::inRange(0x80u, 0x800u),
                        rc::gen::inRange(0x800u, 0xd800u), rc::gen::inRange(0xe000u, 0x10000u),
                        rc::gen::inRange(0x10000u, 0x110000u));
}

}  // namespace

TEST_CASE("OIMAP-V0021 XIMAP-V0012 & is escaped, # is not") {
  CHECK(encode_modified_utf7("a&b").value() == "a&-b");
  CHECK(encode_modified_utf7("a#b").value() == "a#b");
  CHECK(encode_modified_utf7("&&").value() == "&-&-");
  CHECK(decode_modified_utf7("a&-b").value() == "a&b");
  CHECK(display_name("a&-b") == "a&b");
}

TEST_CASE("OIMAP-V0013 names outside ASCII are 7-bit on the wire") {
  const std::vector<std::pair<std::string, std::string>> samples = {
      {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
      {"\xe2\x82\xac", "&IKw-"},
      {"\xe6\x97\xa5\xe6\x9c\xac", "&ZeVnLA-"},
      {"\xe6\x97\xa5&", "&ZeU-&-"},
      {"\xf0\x9f\x93\xa7", "&2D3c5w-"},
      {"x\xc3\xa4-y", "x&AOQ--y"},
      {"", ""},
  };
  for (const auto& [name, wire] : samples) {
    CAPTURE(wire);
    CHECK(encode_modified_utf7(name).value() == wire);
    CHECK(decode_modified_utf7(wire).value() == name);
  }
}

TEST_CASE("OIMAP-V0018 a name with control characters or invalid UTF-8 does not encode") {
  for (const auto& bad : {std::string("a\0b", 3), std::string("a\tb"), std::string("\r"), std::string("\x7f"),
                          std::string("\x80"), std::string("\xc3"), std::string("\xc0\x80"),
                          std::string("\xe0\x80\xaf"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
                          std::string("\xf8\x88\x80\x80\x80"), std::string("\xe2\x82"), std::string("\xc3\x28")}) {
    CAPTURE(bad);
    const auto encoded = encode_modified_utf7(bad);
    REQUIRE_FALSE(encoded);
    CHECK(encoded.error().code == errc::unencodable);
  }
}

TEST_CASE("XIMAP-V0012 malformed modified UTF-7 does not decode and is shown as it came") {
  for (const std::string bad : {"&", "a&b", "&AOQ", "&A-", "&AOQ=-", "&AO*-", "&AGE-", "&2D0-", "&3Dc-", "&AOR-",
                                "&AOQ-&AOQ-", "\xc3\xa4", "a\tb", "&AOQA-", "&AAo-", "&AAA-", "& -", "&AO/-"}) {
    CAPTURE(bad);
    const auto decoded = decode_modified_utf7(bad);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == errc::malformed_response);
    CHECK(display_name(bad) == bad);
  }
}

TEST_CASE("XIMAP-V0012 OIMAP-V0013 every name comes back as it went, in printable ASCII") {
  CHECK(rc::check("round trip", [] {
    const auto name = utf8(*rc::gen::container<std::vector<std::uint32_t>>(any_character()));
    const auto wire = encode_modified_utf7(name);
    RC_ASSERT(wire.has_value());
    for (const char c : *wire) RC_ASSERT(c >= 0x20 && c <= 0x7e);
    const auto back = decode_modified_utf7(*wire);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == name);
  }));
}

TEST_CASE("whatever decodes is the only spelling of its name") {
  CHECK(rc::check("canonical", [] {
    const auto wire = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("&&&--AaEQOZzeU09+,/ \x80")));
    const auto name = decode_modified_utf7(wire);
    if (!name) return;
    const auto again = encode_modified_utf7(*name);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == wire);
  }));
}
