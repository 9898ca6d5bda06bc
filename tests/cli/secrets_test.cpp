// The password goes to the server and nowhere else.
#include <doctest/doctest.h>

#include <string>

#include "cli/bundled_server.hpp"
#include "support/base64.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;

namespace {

const std::string password(bundled_server::password);

bool shows(const std::string& text) {
  return text.find(password) != std::string::npos ||
         text.find(to_base64(std::string("\0anna\0", 6) + password)) != std::string::npos ||
         text.find(to_base64(password)) != std::string::npos;
}

}  // namespace

TEST_CASE("neither output nor trace shows the password, whatever the mechanism and the source") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: x\r\n\r\nbody text\r\n");
  s.environment.clear();
  const auto file = s.dir().write("pw", password + "\n");
  const auto trace = s.dir() / "trace";
  for (const char* mechanism : {"ntlm", "digest-md5", "plain", "login"}) {
    for (const arguments& source :
         {arguments{"--password-file", file.string()}, arguments{"--password-command", "cat pw"}}) {
      const auto got = s.run(s.on("sync", source + arguments{"--auth", mechanism, "-v", "-v", "--json", "--trace",
                                                             trace.string(), "--trace-bodies"}));
      CAPTURE(describe(got));
      CHECK(got.exit_code == 0);
      CHECK_FALSE(shows(got.out));
      CHECK_FALSE(shows(got.err));
    }
  }
  const auto transcript = read_file(trace);
  CHECK_FALSE(shows(transcript));
  CHECK(transcript.find("<secret>") != std::string::npos);
  CHECK(transcript.find("body text") != std::string::npos);
}

TEST_CASE("without --trace-bodies the trace holds no text of a message") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: x\r\n\r\nbody text\r\n");
  const auto trace = s.dir() / "trace";
  REQUIRE(s.run(s.on("sync", {"--trace", trace.string()})).exit_code == 0);
  const auto transcript = read_file(trace);
  CHECK(transcript.find("body text") == std::string::npos);
  CHECK(transcript.find("C: ") != std::string::npos);
  CHECK(transcript.starts_with("# "));
}

TEST_CASE("a failed login shows no password either") {
  bundled_server s;
  s.environment["OUTMAP_PASSWORD"] = password + "x";
  const auto got = s.run(s.on("login", {"-v", "--json"}));
  CHECK(got.exit_code == 12);
  CHECK_FALSE(shows(got.out + got.err));
}

TEST_CASE("while it runs, neither the process list nor /proc shows the password") {
  bundled_server s;
  s.options.hooks.on_command = [](const exchange::command_seen& c) {
    exchange::action a;
    a.stall = c.name == "LIST";
    return a.stall ? std::optional(a) : std::nullopt;
  };
  process p(s.with(s.on("folders")));
  REQUIRE(s.server().log().wait_for("LIST"));
  const std::string proc = "/proc/" + std::to_string(p.pid());
  CHECK_FALSE(shows(read_file(proc + "/cmdline")));
  const auto environment = read_file(proc + "/environ");
  CHECK(environment.find("OUTMAP_PASSWORD=") != std::string::npos);
  CHECK_FALSE(shows(environment));
  p.terminate();
  CHECK(p.wait().exit_code == 130);
}

TEST_CASE("a server that repeats the password does not get it into output or trace") {
  struct row {
    const char* mechanism;
    std::string password;
    std::string quoted;
  };
  // With what escaping changes: a letter beyond ASCII (not for LOGIN), a quotation mark, a backslash.
  for (const auto& r : {row{"plain", "p\xc3\xa4\"q\\Zq7Zq7", "p\xc3\xa4\\\"q\\\\Zq7Zq7"},
                        row{"login", "p\"q\\Zq7Zq7", "p\\\"q\\\\Zq7Zq7"}}) {
    const auto& difficult = r.password;
    const std::string initial = to_base64(std::string("\0anna\0", 6) + difficult);
    for (const std::string& echo : {difficult, r.quoted, initial, to_base64(difficult)}) {
      bundled_server s;
      s.options.accounts = {{"anna", outmap::secret(difficult)}};
      s.environment["OUTMAP_PASSWORD"] = difficult;
      s.options.behaves.mechanisms = {"PLAIN"};
      s.options.hooks.on_command = [&](const exchange::command_seen& c) {
        exchange::action a;
        if (c.name == "AUTHENTICATE" || c.name == "LOGIN")
          a.instead = "* OK [ALERT] you sent " + echo + "\r\n" + c.tag + " NO bad line: \"" + echo + "\"\r\n";
        return a.instead ? std::optional(a) : std::nullopt;
      };
      const auto trace = s.dir() / "trace";
      std::string all;
      for (const arguments& how : {arguments{"-v", "-v"}, arguments{"--json", "-v"}, arguments{"-q"}}) {
        for (const char* command : {"login", "sync", "folders"}) {
          const auto got = s.run(s.on(command, how + arguments{"--auth", r.mechanism, "--trace", trace.string()}));
          CHECK(got.exit_code == 12);
          all += got.out + got.err;
        }
      }
      all += read_file(trace);
      CAPTURE(all);
      CHECK(all.find("<secret>") != std::string::npos);
      CHECK(all.find("bad line") != std::string::npos);
      CHECK(all.find("Zq7") == std::string::npos);
      CHECK(all.find(initial) == std::string::npos);
      CHECK(all.find(to_base64(difficult)) == std::string::npos);
    }
  }
}
