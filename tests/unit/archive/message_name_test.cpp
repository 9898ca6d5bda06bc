#include "archive/message_name.hpp"

#include <doctest/doctest.h>

#include <string>

using outmap::export_format;
using outmap::flag_set;
using outmap::internal_date;
using outmap::system_flag;
using namespace outmap::archive;

namespace {

const content_key key = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xff};
const std::string key_text = "00112233445566778899aaff";

flag_set flags(std::initializer_list<system_flag> list) {
  flag_set out;
  for (const auto f : list) out.set(f);
  return out;
}

}  // namespace

TEST_CASE("a file name carries date, content and number of the copy") {
  const internal_date date{1'700'000'000, -300};
  CHECK(base_name(export_format::eml, date, key, 0) == "20231114T221320Z-" + key_text + ".eml");
  CHECK(base_name(export_format::eml, date, key, 2) == "20231114T221320Z-" + key_text + "-2.eml");
  CHECK(base_name(export_format::maildir, date, key, 0) == "1700000000." + key_text + ".outmap");
  CHECK(base_name(export_format::maildir, date, key, 1) == "1700000000." + key_text + "_1.outmap");
}

TEST_CASE("a date that is missing or past all calendars is written as zero") {
  CHECK(base_name(export_format::eml, std::nullopt, key, 0) == "00000000T000000Z-" + key_text + ".eml");
  CHECK(base_name(export_format::maildir, std::nullopt, key, 0) == "0." + key_text + ".outmap");
  for (const std::int64_t seconds : {INT64_MIN, INT64_MAX, std::int64_t{-1}, std::int64_t{253402300800}}) {
    CAPTURE(seconds);
    CHECK(base_name(export_format::eml, internal_date{seconds, 0}, key, 0).starts_with("00000000T000000Z-"));
    CHECK(base_name(export_format::maildir, internal_date{seconds, 0}, key, 0).starts_with("0."));
  }
  CHECK(base_name(export_format::eml, internal_date{253402300799, 0}, key, 0).starts_with("99991231T235959Z-"));
}

TEST_CASE("a name is read back, also after a mail program changed it") {
  const auto eml = parse_name(export_format::eml, "20231114T221320Z-" + key_text + "-7.eml");
  REQUIRE(eml);
  CHECK(eml->key == key);
  CHECK(eml->copy == 7);

  const auto maildir = parse_name(export_format::maildir, "1700000000." + key_text + "_3.outmap:2,FS");
  REQUIRE(maildir);
  CHECK(maildir->key == key);
  CHECK(maildir->copy == 3);
  CHECK(maildir->base == "1700000000." + key_text + "_3.outmap");
  CHECK(maildir->info == "FS");

  const auto marked = parse_name(export_format::maildir, "1." + key_text + ".outmap,U=12:2,Sab");
  REQUIRE(marked);
  CHECK(marked->base == "1." + key_text + ".outmap,U=12");
  CHECK(marked->info == "Sab");

  const auto fresh = parse_name(export_format::maildir, "1." + key_text + ".outmap");
  REQUIRE(fresh);
  CHECK(fresh->info.empty());
}

TEST_CASE("other names are not ours") {
  for (const std::string name :
       {"", "x", ".outmap-0123456789abcdef.part", "20231114T221320Z-.eml",
        "2023111xT221320Z-00112233445566778899aaff.eml", "20231114T221320Z-00112233445566778899AAFF.eml",
        "20231114T221320Z-00112233445566778899aaff.txt", "20231114T221320Z-00112233445566778899aaff-.eml",
        "20231114T221320Z-00112233445566778899aaff-0.eml", "20231114T221320Z-00112233445566778899aaff-99999999999.eml",
        "20231114T221320Z-00112233445566778899aaff"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_name(export_format::eml, name));
  }
  for (const std::string name :
       {"", ".", ".00112233445566778899aaff.outmap", "1700000000.M1P2.host:2,S", "x.00112233445566778899aaff.outmap:2,",
        "1.00112233445566778899aaf.outmap", "1.00112233445566778899aaff.outmapx", "1.00112233445566778899aaff_.outmap",
        "1.00112233445566778899aaff"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_name(export_format::maildir, name));
  }
}

TEST_CASE("flags are Maildir's letters in order, and letters of others stay") {
  CHECK(info_letters({}) == "");
  CHECK(info_letters(flag_set(flag_set::all_bits)) == "DFRST");
  CHECK(info_letters(flags({system_flag::seen, system_flag::answered})) == "RS");
  CHECK(updated_info("", flags({system_flag::deleted})) == "T");
  CHECK(updated_info("SPab", flags({system_flag::flagged})) == "FPab");
}
