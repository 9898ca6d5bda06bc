#include <doctest/doctest.h>

#include "client.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::exchange::test {

namespace {

using outmap::test::command_line;
using outmap::test::process;

std::uint16_t port_in(const std::string& line, const std::string& key) {
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.find(key + "=") + key.size() + 1)));
}

}  // namespace

TEST_CASE("the program serves until it is told to end") {
  const outmap::test::temp_dir folder;
  folder.write("mail/Ordner/1.eml", "Subject: x\n\nbody\n");
  folder.write("password", "geheim\n");
  process running({.argv = {OUTMAP_EXCHANGE_PROGRAM, "--mailbox", folder / "mail", "--user", "tester",
                            "--password-file", folder / "password", "--write-ca", folder / "ca.pem", "--ready-file",
                            folder / "ready", "--personality", "2010SP2"}});
  REQUIRE(running.wait_for_output("tls="));
  const std::string ready = outmap::test::read_file(folder / "ready");
  CHECK(running.out() == ready);
  client c(port_in(ready, "tls"), false);
  c.start_tls(outmap::test::read_file(folder / "ca.pem"));
  CHECK(c.command("LOGIN tester geheim").tagged == "OK LOGIN completed.");
  CHECK(c.command("SELECT Ordner").has("1 EXISTS"));
  client plain(port_in(ready, "plain"));
  CHECK(plain.greeting() == "* OK The Microsoft Exchange IMAP4 service is ready.");
  running.terminate();
  const auto ended = running.wait();
  CHECK_MESSAGE(ended.ok(), describe(ended));
  CHECK(c.ended());
}

TEST_CASE("the program ends with its standard input if asked to") {
  process running({.argv = {OUTMAP_EXCHANGE_PROGRAM, "--exit-with-stdin"},
                   .environment = {{"OUTMAP_EXCHANGE_PASSWORD", "x"}},
                   .keep_input_open = true});
  REQUIRE(running.wait_for_output("tls="));
  client c(port_in(running.out(), "plain"));
  running.close_input();
  CHECK(running.wait().ok());
}

TEST_CASE("the program says what is wrong") {
  const auto run = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), OUTMAP_EXCHANGE_PROGRAM);
    return outmap::test::run({.argv = std::move(arguments)});
  };
  CHECK(run({"--personality", "1999"}).exit_code == 2);
  CHECK(run({"--mailbox", "/nonexistent"}).exit_code == 2);
  CHECK(run({"--password-file", "/nonexistent"}).exit_code == 24);
  const auto unwritable = run({"--ready-file", "/nonexistent/ready"});
  CHECK(unwritable.exit_code == 24);
  CHECK(unwritable.err.find("/nonexistent/ready") != std::string::npos);
  running_server other;
  const auto taken = run({"--port", std::to_string(other->port())});
  CHECK(taken.exit_code == 10);
  CHECK(taken.err.find(std::to_string(other->port())) != std::string::npos);
  CHECK(run({"--help"}).exit_code == 0);
}

}  // namespace outmap::exchange::test
