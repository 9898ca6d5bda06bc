#include <doctest/doctest.h>

#include <string>

#include "outmap/account.hpp"

using outmap::matches;

namespace {

bool glob(const std::string& pattern, const std::string& name) { return matches({{pattern}, {}}, name); }

}  // namespace

TEST_CASE("without patterns every folder is taken") {
  CHECK(matches({}, "INBOX"));
  CHECK(matches({}, ""));
}

TEST_CASE("a glob has * for any octets and ? for one character") {
  CHECK(glob("Work", "Work"));
  CHECK_FALSE(glob("Work", "work"));
  CHECK_FALSE(glob("Work", "Work/Sub"));
  CHECK(glob("Work*", "Work/Sub/Deep"));
  CHECK(glob("*", ""));
  CHECK(glob("**", "x"));
  CHECK(glob("*/2024", "a/b/2024"));
  CHECK(glob("a*b*c", "a-b-b-c"));
  CHECK_FALSE(glob("a*b*c", "a-c-b"));
  CHECK(glob("a?c", "abc"));
  CHECK(glob("a?c", "aäc"));
  CHECK(glob("a?c", "a日c"));
  CHECK_FALSE(glob("a?c", "aäöc"));
  CHECK_FALSE(glob("a?", "a"));
  CHECK(glob("*?c", "äc"));
  CHECK(glob("a?c",
             "a\xff"
             "c"));
  CHECK_FALSE(glob("", "x"));
  CHECK(glob("[x]", "[x]"));
  CHECK_FALSE(glob("[x]", "x"));
}

TEST_CASE("INBOX is matched in any case, alone and as a parent") {
  CHECK(glob("inbox", "INBOX"));
  CHECK(glob("InBox", "INBOX"));
  CHECK(glob("in*", "INBOX"));
  CHECK(glob("inbox/*", "INBOX/Sub"));
  CHECK(glob("INBOX/*", "Inbox/Sub"));
  CHECK(glob("inbox*", "INBOX.Sub"));
  CHECK_FALSE(glob("inbox/sub", "INBOX/Sub"));
  CHECK_FALSE(glob("inboxes", "INBOXES"));
  CHECK_FALSE(glob("sub*", "SUB"));
}

TEST_CASE("an excluded folder stays out although it is included") {
  const outmap::sync_options options{{"Work*", "INBOX"}, {"*/Spam", "inbox"}};
  CHECK(matches(options, "Work"));
  CHECK(matches(options, "Work/Plans"));
  CHECK_FALSE(matches(options, "Work/Spam"));
  CHECK_FALSE(matches(options, "INBOX"));
  CHECK_FALSE(matches(options, "Other"));
  CHECK(matches({{}, {"Spam"}}, "Other"));
}

TEST_CASE("a pattern of many stars costs no more than pattern times name") {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  CHECK_FALSE(glob(pattern + "b", std::string(5000, 'a')));
}
