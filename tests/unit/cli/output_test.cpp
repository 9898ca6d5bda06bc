#include "cli/output.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <string>
#include <thread>

#include "cli/json_events.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace outmap::cli;

namespace {

struct written {
  std::string out;
  std::string err;
};

template <class F>
written with_output(output_style style, const F& use) {
  const test::temp_dir dir;
  const int out = ::open((dir / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = ::open((dir / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  {
    output to(style, out, err);
    use(to);
  }
  ::close(out);
  ::close(err);
  return {test::read_file(dir / "out"), test::read_file(dir / "err")};
}

}  // namespace

TEST_CASE("JSON output is one valid object a line, whatever the server said") {
  const auto w = with_output({true, false, 0}, [](output& o) {
    o.print("not this");
    o.event("alert", {{"text", "a\nb\xff\x1b[31m\xe2\x80\xae"}});
    o.event("result", {{"exit_code", 0}});
  });
  std::istringstream lines(w.out);
  std::string line;
  REQUIRE(std::getline(lines, line));
  const auto first = json::parse(line);
  CHECK(first["event"] == "alert");
  CHECK(first["text"] == "a\nb\xef\xbf\xbd\x1b[31m\xe2\x80\xae");
  CHECK(line.find('\x1b') == std::string::npos);
  REQUIRE(std::getline(lines, line));
  CHECK(line == R"({"event":"result","exit_code":0})");
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("a terminal gets JSON in ASCII") {
  const auto line = json_line({{"a", "\xc2\x9b\x7f\xe2\x80\xae\xc3\xbc"}}, true);
  for (const char c : line) CHECK((c >= ' ' && c < '\x7f'));
  CHECK(json::parse(line)["a"] == "\xc2\x9b\x7f\xe2\x80\xae\xc3\xbc");
}

TEST_CASE("quiet keeps answers, failures and what must be told") {
  const auto w = with_output({false, true, 2}, [](output& o) {
    o.print("answer");
    o.report("summary");
    o.detail(1, "detail");
    o.warn("warning");
    o.insist("alert");
    o.failure("it broke", "mend it");
    o.event("x", json::object());
  });
  CHECK(w.out == "answer\n");
  CHECK(w.err == "outmap: alert\noutmap: it broke\n  mend it\n");
}

TEST_CASE("details come from their verbosity on") {
  const auto w = with_output({false, false, 1}, [](output& o) {
    o.detail(1, "one");
    o.detail(2, "two");
    o.report("summary");
  });
  CHECK(w.out == "summary\n");
  CHECK(w.err == "outmap: one\n");
}

TEST_CASE("a reader that goes away ends the output quietly; a full disk does not go unnoticed") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  {
    output gone({}, ends[1], ends[1]);
    gone.print("x");
    gone.flush();
    CHECK(gone.reader_gone());
    CHECK(gone.problem() == 0);
  }
  ::close(ends[1]);
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  {
    output to({}, full, full);
    to.print("x");
    to.flush();
    CHECK(to.problem() == ENOSPC);
    CHECK_FALSE(to.reader_gone());
  }
  ::close(full);
}

TEST_CASE("an output that somebody made non-blocking loses nothing") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  // More than a pipe holds, so that the writer must wait for the reader.
  const std::string line(1 << 20, 'x');
  std::string got;
  std::thread reader([&] {
    std::string piece(65536, 0);
    for (ssize_t n = 0; (n = ::read(ends[0], piece.data(), piece.size())) > 0;)
      got.append(piece, 0, static_cast<std::size_t>(n));
  });
  int problem = -1;
  {
    output to({}, ends[1], ends[1]);
    to.print(line);
    to.flush();
    problem = to.problem();
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  CHECK(problem == 0);
  CHECK(got == line + "\n");
}

TEST_CASE("an error is told in a sentence of ours with the server's words escaped") {
  CHECK(sentence(error(errc::config_invalid, "f:1:2: unknown key")) == "f:1:2: unknown key");
  CHECK(sentence(error(errc::authentication_failed, "ntlm", "NO \x1b[2J")).find("NO \\x1b[2J") != std::string::npos);
  const auto j = json_of(error(errc::timed_out, "here"), "wait");
  CHECK(j["code"] == "timed_out");
  CHECK(j["advice"] == "wait");
  CHECK(j["scope"] == "connection");
  CHECK_FALSE(j.contains("server_text"));
}

TEST_CASE("flags, dates and mechanisms as JSON has them") {
  flag_set flags;
  flags.set(system_flag::seen);
  flags.add_keyword("$Work");
  stored_message m{uid{7}, std::nullopt, flags, 100, internal_date{1709292600, 60}, std::nullopt, ""};
  const auto j = json_of(m);
  CHECK(j["flags"] == json::array({"\\Seen", "$Work"}));
  CHECK(j["date"] == "2024-03-01T12:30:00+01:00");
  CHECK(j["bytes"].is_null());
  CHECK(mechanisms_of({"IMAP4rev1", "AUTH=NTLM", "auth=plain", "AUTH=", "IDLE"}) ==
        std::vector<std::string>{"NTLM", "plain"});
}
