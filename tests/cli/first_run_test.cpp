// The first command of a new user, mistyped, and then the right one.
#include <doctest/doctest.h>

#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

/// The command with another URL.
arguments at(arguments args, const std::string& url) {
  for (auto& word : args) {
    if (word.starts_with("imaps://")) word = url;
  }
  return args;
}

}  // namespace

TEST_CASE("after a mistyped host or user, or a refusal, the corrected command works with the same cache") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: mine\r\n\r\nHello\r\n");
  const auto port = std::to_string(s.server().tls_port());
  struct {
    std::string url;
    int code;
  } const mistakes[] = {
      {"imaps://anna@localhos.invalid:" + port, 10},
      {"imaps://anna@127.0.0.2:1", 10},
      {"imaps://ann@localhost:" + port, 12},
  };
  for (const auto* command : {"sync", "backup"}) {
    for (const auto& mistake : mistakes) {
      CAPTURE(command);
      CAPTURE(mistake.url);
      fs::remove(s.cache());
      fs::remove(s.cache().string() + ".runs");
      fs::remove_all(s.cache().string() + ".mail");
      const auto wrong = s.run(at(s.on(command), mistake.url));
      CAPTURE(describe(wrong));
      CHECK(wrong.exit_code == mistake.code);
      const auto right = s.run(s.on(command));
      CAPTURE(describe(right));
      CHECK(right.exit_code == 0);
      CHECK(says(s.run({"list", "INBOX", "--cache", s.cache().string()}).out, "mine"));
    }
  }
}

TEST_CASE("a cache that holds folders of another account is refused, and its mail stays") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: mine\r\n\r\nHello\r\n");
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  const auto other = s.run(at(s.on("sync"), "imaps://bert@localhost:" + std::to_string(s.server().tls_port())));
  CAPTURE(describe(other));
  CHECK(other.exit_code == 2);
  CHECK(says(other.err, "name another file with --cache"));
  CHECK(says(s.run({"list", "INBOX", "--cache", s.cache().string()}).out, "mine"));
}
