// Finding mail, and showing what was found.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

nlohmann::json first_message(const std::vector<nlohmann::json>& events) {
  const auto at = std::find_if(events.begin(), events.end(), [](const auto& e) { return e["event"] == "message"; });
  REQUIRE(at != events.end());
  return *at;
}

constexpr const char* letter =
    "From: =?utf-8?Q?Zo=C3=AB?= <zoe@example.org>\r\nTo: Anna <anna@example.org>\r\nSubject: "
    "=?utf-8?B?R3LDvMOfZQ==?=\r\n"
    "Date: Fri, 1 Mar 2024 12:30:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<p>Die Rechnung f=FCr M=E4rz</p><script>x()</script>\x1b[2J\r\n--b\r\nContent-Type: application/pdf\r\n"
    "Content-Disposition: attachment; filename=\"rechnung.pdf\"\r\n\r\nx\r\n--b--\r\n";

}  // namespace

TEST_CASE("search finds decoded words, and show shows them decoded") {
  bundled_server s;
  outmap::flag_set seen;
  seen.set(outmap::system_flag::seen);
  s.mail().create("Work");
  s.mail().add("INBOX", "From: Ben <ben@example.org>\r\nSubject: lunch\r\n\r\nRechnung?\r\n", seen, {1709200000, 0});
  s.mail().add("Work", letter, {}, {1709292600, 60});
  CHECK(s.events(s.on("sync")).back()["exit_code"] == 0);
  s.server().stop();
  s.environment.clear();
  const arguments cache = {"--cache", s.cache().string()};

  const auto both = s.events(arguments{"search", "rechnung"} + cache);
  CHECK(both.back()["counts"]["found"] == 2);
  CHECK(both.back()["counts"]["indexed"] == 2);
  const auto newest = first_message(both);
  CHECK(newest["folder"] == "Work");
  CHECK(newest["uid"] == 1);
  CHECK(newest["subject"] ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
  const auto one =
      s.run(arguments{"search", "from:zoe", "is:unread", "has:attachment", "f\xc3\xbcr m\xc3\xa4rz"} + cache);
  CAPTURE(one.out);
  CHECK(one.exit_code == 0);
  CHECK(says(one.out, "Work"));
  CHECK_FALSE(says(one.out, "lunch"));
  CHECK(first_message(s.events(arguments{"search", "rechnung", "not:from:zoe"} + cache))["folder"] == "INBOX");
  // As mail programs have it; options stay options.
  CHECK(first_message(s.events(arguments{"search", "rechnung", "-from:zoe"} + cache))["folder"] == "INBOX");
  CHECK(first_message(s.events(arguments{"search", "rechnung", "-pdf", "-quarterly"} + cache))["folder"] == "INBOX");
  CHECK(first_message(s.events(arguments{"search", "rechnung", "-is:unread"} + cache))["folder"] == "INBOX");
  CHECK(s.events(arguments{"search"} + cache + arguments{"rechnung", "-m\xc3\xa4rz lunch"}).back()["counts"]["found"] == 2);
  CHECK_FALSE(says(s.run(arguments{"search"} + cache + arguments{"--", "rechnung", "-lunch"}).out, "lunch"));
  CHECK(s.run(arguments{"search", "rechnung", "-qv", "-v"} + cache).exit_code == 0);
  CHECK(says(s.run(arguments{"search", "rechnung", "--limt", "5"} + cache).err, "'--limit'"));
  CHECK(s.run(arguments{"search", "rechnung", "--limit", "-5"} + cache).exit_code == 2);
  CHECK(s.events(arguments{"search", "nowhere"} + cache).back()["counts"]["found"] == 0);
  CHECK(s.run(arguments{"search", "form:anna"} + cache).exit_code == 2);
  CHECK(s.run(arguments{"search"} + cache).exit_code == 2);
  CHECK(s.run(arguments{"search", "!!"} + cache).exit_code == 2);
  CHECK(s.run(arguments{"search", "--drop-index"} + cache).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(s.cache().string() + ".search"));
  CHECK(s.events(arguments{"search", "lunch"} + cache).back()["counts"]["indexed"] == 2);

  const auto shown = s.run(arguments{"show", "Work", "1"} + cache);
  CAPTURE(shown.out);
  CHECK(says(shown.out,
             "Gr\xc3\xbc\xc3\x9f"
             "e"));
  CHECK(says(shown.out, "Die Rechnung f\xc3\xbcr M\xc3\xa4rz"));
  CHECK(says(shown.out, "rechnung.pdf, application/pdf"));
  CHECK_FALSE(says(shown.out, "x()"));
  CHECK_FALSE(says(shown.out, "\x1b"));
  CHECK(s.run(arguments{"show", "Work", "1", "--raw"} + cache).out == letter);
  const auto event = first_message(s.events(arguments{"show", "Work", "1"} + cache));
  CHECK(event["content"] == letter);
  CHECK(event["attachments"][0]["name"] == "rechnung.pdf");
  CHECK(says(event["text"].get<std::string>(), "f\xc3\xbcr M\xc3\xa4rz"));
}
