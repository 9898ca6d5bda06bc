#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "cache/digester.hpp"
#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using outmap::export_format;
using outmap::system_flag;

namespace {

std::string digits_of(const std::string& text) {
  return outmap::cache::to_hex(need(outmap::cache::digester().of(text))).substr(0, 24);
}

}  // namespace

TEST_CASE("a cache becomes a folder of eml files for each mailbox") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("one")}, {3, message_text("two"), 0, 0}});
  cache.put("INBOX/Sub", {{1, message_text("three"), 0, some_day + 1}});
  const auto report = cache.export_all(export_format::eml);
  CHECK(report.written == 4);
  CHECK(report.folders == 2);
  const auto one = digits_of(message_text("one"));
  CHECK(tree(cache.target()) ==
        std::map<std::string, std::string>{
            {"INBOX/20231114T221320Z-" + one + ".eml", message_text("one")},
            {"INBOX/20231114T221320Z-" + one + "-1.eml", message_text("one")},
            {"INBOX/00000000T000000Z-" + digits_of(message_text("two")) + ".eml", message_text("two")},
            {"INBOX/Sub/20231114T221321Z-" + digits_of(message_text("three")) + ".eml", message_text("three")}});
}

TEST_CASE("a second run writes no eml file, whatever became of flags, UIDs and dates") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("one")}});
  cache.export_all(export_format::eml);
  const auto before = tree(cache.target());
  cache.put("INBOX", {{7, message_text("one"), 31, some_day + 5}, {8, message_text("one")}}, '/', false, 2);
  const auto report = cache.export_all(export_format::eml);
  CHECK(report.unchanged == 2);
  CHECK(report.written == 0);
  CHECK(tree(cache.target()) == before);
}

TEST_CASE("both formats find room in one folder") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  CHECK(cache.export_all(export_format::eml).written == 1);
  CHECK(cache.export_all(export_format::maildir).written == 1);
  CHECK(cache.export_all(export_format::eml).unchanged == 1);
  CHECK(cache.export_all(export_format::maildir).unchanged == 1);
}

TEST_CASE("a mailbox that is named like a message file takes nothing away") {
  sample_cache cache;
  const auto text = message_text("one");
  cache.put("INBOX/20231114T221320Z-" + digits_of(text) + ".eml", {{1, message_text("two")}});
  cache.put("INBOX", {{1, text}});
  CHECK(cache.export_all(export_format::eml).written == 2);
  CHECK(cache.export_all(export_format::eml).unchanged == 2);
  CHECK(contents(tree(cache.target())).size() == 2);
}
