#include "profile/transcript.hpp"

#include <doctest/doctest.h>

#include "profile/command.hpp"

using namespace outmap;
using namespace outmap::profile;

namespace {

struct kept final : trace_sink {
  std::string text;
  void client(std::string_view line) noexcept override { text.append("C: ").append(line) += '\n'; }
  void server(std::string_view line) noexcept override { text.append("S: ").append(line) += '\n'; }
  void note(std::string_view line) noexcept override { text.append("# ").append(line) += '\n'; }
};

struct trace_fixture {
  kept sink;
  transcript trace{&sink};

  void send(const command& what) {
    const auto encoded = encode(what, "tag1", {});
    REQUIRE(encoded);
    for (const auto& fragment : encoded->fragments) trace.client(fragment);
  }
  void answer(std::string text) {
    wire::frame frame;
    frame.text = std::move(text);
    trace.server(frame);
  }
};

}  // namespace

TEST_CASE_FIXTURE(trace_fixture, "a password that the server repeats is left out of the trace") {
  for (const auto* password : {"s3cret word", "with\"quote\\", "Gr\xc3\xbc\xc3\x9f""e!!"}) {
    CAPTURE(password);
    const auto encoded = encode(login_command{"anna", secret(password)}, "tag1", {});
    if (!encoded) continue;
    sink.text.clear();
    send(login_command{"anna", secret(password)});
    std::string sent;
    for (const auto& fragment : encoded->fragments) sent += fragment.bytes;
    answer("tag1 BAD what is this: " + sent);
    answer(std::string("* NO I know ") + password);
    INFO(sink.text);
    CHECK(sink.text.find("C: tag1 LOGIN anna \"<secret>\"") != std::string::npos);
    CHECK(sink.text.find("what is this: tag1 LOGIN anna") != std::string::npos);
    CHECK(sink.text.find(password) == std::string::npos);
    CHECK(sink.text.find("quote") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(trace_fixture, "an AUTHENTICATE line that the server repeats is left out of the trace") {
  trace.client({"TlRMTVNTUAADAAAAGAAYAHYAAAA=\r\n", "<secret>\r\n"});
  answer("tag1 NO cannot read TlRMTVNTUAADAAAAGAAYAHYAAAA=, try again");
  CHECK(sink.text == "C: <secret>\nS: tag1 NO cannot read <secret>, try again\n");
}

TEST_CASE_FIXTURE(trace_fixture, "what is not secret stays, and a secret of a few octets is not looked for") {
  send(login_command{"anna", secret("OK")});
  answer("tag1 OK done");
  trace.client({"*\r\n", "*\r\n"});
  answer("* BYE");
  CHECK(sink.text.ends_with("S: tag1 OK done\nC: *\nS: * BYE\n"));
}
