#include "profile/mailbox_level.hpp"

#include <doctest/doctest.h>

using namespace outmap;
using profile::child_mailbox;

namespace {

std::string made(const char* parent, char delimiter, std::string_view level) {
  const auto name = child_mailbox(mailbox_name(parent), delimiter, level);
  return name ? name->wire() : name.error().message();
}

}  // namespace

TEST_CASE("OIMAP-V0020 the hierarchy delimiter may not stand in one level, and is what the server announced") {
  CHECK(child_mailbox({}, '/', "a/b").error().code == errc::invalid_argument);
  CHECK(made("", '.', "a/b") == "a/b");
  CHECK(made("Work", '.', "2026") == "Work.2026");
  CHECK(child_mailbox(mailbox_name("Work"), std::nullopt, "x").error().code == errc::invalid_argument);
  CHECK(child_mailbox({}, std::nullopt, "x")->wire() == "x");
  CHECK(child_mailbox({}, '/', "").error().code == errc::invalid_argument);
}

TEST_CASE("OIMAP-V0019 OIMAP-V0021 NTLM-PB7 wildcards, # and & are allowed in a name, and & goes out as &-") {
  CHECK(made("", '/', "a%b*c") == "a%b*c");
  CHECK(made("", '/', "a#b") == "a#b");
  CHECK(made("", '/', "a&b") == "a&-b");
}

TEST_CASE("OIMAP-V0018 control characters and broken UTF-8 are refused before anything is sent") {
  for (const std::string_view bad : {std::string_view("a\tb"), std::string_view("a\0b", 3), std::string_view("a\r\nb"),
                                     std::string_view("\x7f"), std::string_view("\xff\xfe")}) {
    CHECK(child_mailbox({}, '/', bad).error().code == errc::unencodable);
  }
}
