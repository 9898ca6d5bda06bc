#include "support/process.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "support/temp_dir.hpp"

using namespace outmap::test;
using namespace std::chrono_literals;

TEST_CASE("a child's outputs, exit code and environment come back") {
  const auto r = run({{"sh", "-c", "echo out; echo err >&2; echo \"$A-$HOME\"; exit 7"}, {{"A", "b c"}}, {"HOME"}});
  CHECK(r.exit_code == 7);
  CHECK(r.signal == 0);
  CHECK(r.out == "out\nb c-\n");
  CHECK(r.err == "err\n");
  CHECK_FALSE(r.ok());
}

TEST_CASE("input and output larger than any pipe pass whole") {
  const std::string big(3'000'000, 'x');
  const auto r = run({.argv = {"cat"}, .input = big});
  CHECK(r.ok());
  CHECK(r.out == big);
}

TEST_CASE("a child that does not read its input is no error of ours") {
  CHECK(run({.argv = {"true"}, .input = std::string(3'000'000, 'x')}).ok());
}

TEST_CASE("a child is killed at the deadline, its group with it") {
  process p({{"sh", "-c", "sleep 1000 & echo $!; wait"}});
  REQUIRE(p.wait_for_output("\n"));
  const auto grandchild = static_cast<pid_t>(std::stol(p.out()));
  const auto r = p.wait(1ms);
  CHECK(r.timed_out);
  CHECK(r.signal == SIGKILL);
  CHECK(::kill(grandchild, 0) == -1);
}

TEST_CASE("signals reach the child, and the last ones standing go with the object") {
  process p({{"sh", "-c", "trap 'echo caught; exit 3' TERM; echo ready; while :; do sleep 1000 & wait $!; done"}});
  REQUIRE(p.wait_for_output("ready"));
  CHECK(p.running());
  p.terminate();
  const auto r = p.wait(30s);
  CHECK(r.exit_code == 3);
  CHECK(r.out == "ready\ncaught\n");
  CHECK_FALSE(p.running());

  pid_t pid = 0;
  {
    process q({.argv = {"cat"}, .keep_input_open = true});
    pid = q.pid();
    CHECK(q.running());
  }
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a child can be talked to") {
  process p({.argv = {"cat"}, .keep_input_open = true});
  p.write("one\n");
  CHECK(p.wait_for_output("one\n"));
  p.write("two\n");
  p.close_input();
  CHECK(p.wait(30s).out == "one\ntwo\n");
}

TEST_CASE("waiting for a word that never comes ends with the child") {
  process p({{"echo", "something else"}});
  CHECK_FALSE(p.wait_for_output("word"));
}

TEST_CASE("what cannot be started says so at once") {
  CHECK_THROWS_AS(run({{"no-such-program-here"}}), std::system_error);
  CHECK_THROWS_AS(run({{"/"}}), std::system_error);
  CHECK_FALSE(find_program("no-such-program-here").has_value());
  CHECK(find_program("sh").has_value());
}

TEST_CASE("a temporary folder goes with what it holds") {
  std::filesystem::path where;
  {
    const temp_dir dir;
    where = dir.path();
    const auto file = dir.write("a/b", std::string("\0x\r\n", 4));
    CHECK(read_file(file) == std::string("\0x\r\n", 4));
  }
  CHECK_FALSE(std::filesystem::exists(where));
}
