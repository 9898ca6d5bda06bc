#include "archive/local_name.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

#include "outmap/error.hpp"

using outmap::archive::case_key;
using outmap::archive::digest_suffix;
using outmap::archive::local_name;
using outmap::archive::local_name_octets;

TEST_CASE("a level of a mailbox name becomes a safe folder name") {
  struct sample {
    std::string component;
    std::string name;
  };
  const std::vector<sample> samples = {
      {"INBOX", "INBOX"},
      {"Sent Items", "Sent Items"},
      {"Entwürfe", "Entwürfe"},
      {"日本語", "日本語"},
      {"a~b", "a~b"},
      {"", "%"},
      {"%", "%25"},
      {".", "%2E"},
      {"..", "%2E%2E"},
      {"...", "%2E.%2E"},
      {".ssh", "%2Essh"},
      {"end.", "end%2E"},
      {"end ", "end%20"},
      {" ", "%20"},
      {"a/b\\c", "a%2Fb%5Cc"},
      {"a:b*c?d\"e<f>g|h", "a%3Ab%2Ac%3Fd%22e%3Cf%3Eg%7Ch"},
      {"../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"},
      {std::string("a\0b\n\x1b", 5), "a%00b%0A%1B"},
      {"a\u202etxt.exe", "a%E2%80%AEtxt.exe"},
      {"a\u200b", "a%E2%80%8B"},
      {"e\u0301", "e%CC%81"},
      {"bad\xff\xc3", "bad%FF%C3"},
      {"\xed\xa0\x80", "%ED%A0%80"},
      {"cur", "%63ur"},
      {"New", "%4Eew"},
      {"tmp", "%74mp"},
      {"current", "current"},
      {"x.eml", "%78.eml"},
      {"ä.EML", "%C3%A4.EML"},
      {"CON", "%43ON"},
      {"nul.txt", "%6Eul.txt"},
      {"Aux ", "%41ux%20"},
      {"COM1", "%43OM1"},
      {"com10", "com10"},
      {"LPT\u00b2", "%4CPT\u00b2"},
      {"Console", "Console"},
      {"x~0123456789abcdef", "x%7E0123456789abcdef"},
      {"x~0123456789abcde", "x~0123456789abcde"},
  };
  for (const auto& s : samples) {
    CAPTURE(s.component);
    CHECK(local_name(s.component) == s.name);
  }
}

TEST_CASE("a long level is cut between characters and told apart by its digest") {
  const std::string whole = std::string(199, 'x') + "ä";
  const auto name = local_name(whole);
  CHECK(name == std::string(183, 'x') + digest_suffix(whole));
  CHECK(local_name(std::string(local_name_octets, 'x')) == std::string(local_name_octets, 'x'));
  CHECK(local_name(whole + "1") != local_name(whole + "2"));

  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "日";
  const auto cut = local_name(wide);
  CHECK(cut.size() == 183 + 17);  // 183 is 61 characters of three octets
  CHECK(cut.substr(0, 183) == wide.substr(0, 183));

  const auto escaped = local_name(std::string(200, '/'));
  CHECK(escaped.size() == 183 + 17);
  CHECK(escaped.substr(180, 4) == "%2F~");
}

TEST_CASE("the digest of a cut name is SHA-256") {
  // SHA-256 of "abc", FIPS 180-2 B.1.
  CHECK(digest_suffix("abc") == "~ba7816bf8f01cfea");
}

TEST_CASE("names that differ by case only have one key") {
  CHECK(case_key("Work") == case_key("wORK"));
  CHECK(case_key("ÄÖÜ") == case_key("äöü"));
  CHECK(case_key("Входящие") == case_key("ВХОДЯЩИЕ"));
  CHECK(case_key("ΣΟΦΟΣ") == case_key("σοφος"));
  CHECK(case_key("σοφος") == case_key("σοφος"));
  CHECK(case_key("a") != case_key("b"));
  CHECK(case_key("日本") != case_key("日木"));
  CHECK(case_key("\xff") != case_key("\xfe"));
}

namespace {

// Octets that matter to the escapes come often; otherwise two random names would hardly ever come near each other.
rc::Gen<std::string> names() {
  const auto piece = rc::gen::element<std::string>("%", "2", "F", "%2F", "/", ".", " ", "~", "0123456789abcdef", "a",
                                                   "A", "c", "cur", "con", "\xc3", "\xa4", "\u00e4", "a\u0308",
                                                   "\u202e", "\xff", std::string(1, '\0'), std::string(90, 'x'));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string out;
    for (const auto& p : pieces) out += p;
    return out;
  });
}

}  // namespace

TEST_CASE("different levels have different safe names") {
  CHECK(rc::check("injective", [] {
    const auto a = *names();
    const auto b = *names();
    RC_PRE(a != b);
    RC_ASSERT(local_name(a) != local_name(b));
  }));
  CHECK(rc::check("safe", [] {
    const auto name = local_name(*names());
    RC_ASSERT(!name.empty() && name.size() <= local_name_octets);
    RC_ASSERT(name.find_first_of(std::string("/\\:*?\"<>|\0", 10)) == std::string::npos);
    RC_ASSERT(name.front() != '.' && name.back() != '.' && name.back() != ' ');
    RC_ASSERT(outmap::printable(name) == name);
  }));
}

TEST_CASE("no short string shares its name with another") {
  // All strings of up to three octets out of an alphabet that the rule treats specially.
  const std::string alphabet("%2F/.~ a\xc3\xa4", 10);
  std::vector<std::string> all = {""};
  for (std::size_t from = 0, length = 1; length <= 3; ++length) {
    const auto to = all.size();
    for (; from < to; ++from) {
      for (const char c : alphabet) all.push_back(all[from] + c);
    }
  }
  std::set<std::string> names;
  for (const auto& component : all) names.insert(local_name(component));
  CHECK(names.size() == all.size());
}
