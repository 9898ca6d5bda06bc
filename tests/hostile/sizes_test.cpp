// Sizes that lie and sizes that are too large, below the session: what is taken for a literal, and at what cost.
#include <doctest/doctest.h>

#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/tried.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"

using namespace outmap;
using outmap::test::tried;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t share = 8;  // every octet costs so much more
#else
constexpr std::size_t share = 1;
#endif

struct outcome {
  std::size_t frames = 0;
  std::size_t understood = 0;
  std::uint64_t body_octets = 0;
  std::uint64_t announced = 0;
  std::size_t most_text = 0;
  std::optional<errc> failure;
  bool waiting = false;  ///< for more of a literal or line
};

outcome read(std::string_view stream, std::size_t chunk = SIZE_MAX, const limits& bounds = {}) {
  using event = wire::framer::event;
  wire::framer framer(bounds);
  outcome out;
  while (!stream.empty()) {
    std::span<const char> piece(stream.data(), std::min(chunk, stream.size()));
    stream.remove_prefix(piece.size());
    for (auto e = framer.next(piece); e != event::need_input; e = framer.next(piece)) {
      if (e == event::failed) {
        out.failure = framer.failure().code;
        return out;
      }
      if (e == event::body_begin) out.announced += framer.body_size();
      if (e == event::body_data) out.body_octets += framer.data().size();
      if (e != event::frame) continue;
      ++out.frames;
      out.understood += wire::parse(framer.current(), bounds).has_value() ? 1 : 0;
    }
    out.most_text = std::max(out.most_text, framer.partial_text().size());
  }
  out.waiting = !framer.at_boundary();
  return out;
}

// Nanoseconds of this thread, the least of a few tries: what others do on the machine does not count.
double cost(const std::string& stream, std::size_t chunk) {
  double least = 1e30;
  for (int i = 0; i < 3; ++i) {
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const auto got = read(stream, chunk);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    CHECK_FALSE(got.failure);
    least = std::min(least, static_cast<double>(after.tv_sec - before.tv_sec) * 1e9 +
                                static_cast<double>(after.tv_nsec - before.tv_nsec));
  }
  return least;
}

std::string repeated(const std::string& piece, std::size_t octets) {
  std::string out;
  out.reserve(octets + piece.size());
  while (out.size() < octets) out += piece;
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("sizes: literals and lines");

TEST_CASE("a literal is as long as it says, or over a limit, or none: never negative, never wrapped around") {
  struct row {
    const char* digits;
    std::uint64_t octets;
  };
  const row real[] = {{"0", 0}, {"00", 0}, {"1", 1}, {"007", 7}, {"7+", 7}, {"1048576", 1048576}};
  const char* const too_large[] = {"1073741825",
                                   "2147483647",
                                   "2147483648",
                                   "4294967295",
                                   "4294967296",
                                   "4294967297",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "18446744073709551615",
                                   "18446744073709551616",
                                   "18446744073709551617",
                                   "36893488147419103233",
                                   "2147483648+",
                                   "18446744073709551617+",
                                   "000000000000000000000018446744073709551617"};
  const char* const none[] = {"-1",  "-2147483648", "+1",  "",   "+",     " 5", "5 ", "0x10", "5L",
                              "5++", "1e9",         "1.5", "５", "5,000", "{5", "-0", "NIL"};
  const char* const places[] = {"* LIST () \"/\" ",
                                "* 1 FETCH (UID 1 BODY[] ",
                                "* 1 FETCH (BODY[HEADER] ",
                                "* 1 FETCH (BODY[TEXT] ",
                                "* 1 FETCH (ENVELOPE (",
                                "* STATUS ",
                                "* LIST () "};
  for (const std::string place : places) {
    for (const auto& r : real) {
      CAPTURE(r.digits);
      const auto head = place + '{' + r.digits + "}\r\n";
      const auto got = read(head + std::string(r.octets, 'x') + ")\r\n* OK behind\r\n");
      CHECK_FALSE(got.failure);
      CHECK(got.frames == 2);
      CHECK(got.announced == got.body_octets);
      if (r.octets > 0) CHECK(read(head + std::string(r.octets - 1, 'x')).waiting);
      tried();
    }
    for (const auto* digits : too_large) {
      CAPTURE(digits);
      const auto got = read(place + '{' + digits + "}\r\nxxxx");
      REQUIRE(got.failure);
      CHECK(*got.failure == errc::limit_exceeded);
      CHECK(got.announced == 0);
      tried();
    }
    for (const auto* digits : none) {
      CAPTURE(digits);
      const auto got = read(place + '{' + digits + "}\r\n* OK behind\r\n");
      CHECK_FALSE(got.failure);
      CHECK(got.frames == 2);
      CHECK(got.announced == 0);
      tried();
    }
  }
}

TEST_CASE("memory grows with the octets that came, never with those that were announced") {
  // Room for 8 MiB of literals in memory and 1 GiB of body: nothing of it is taken yet.
  for (const std::string& head :
       {std::string("* LIST () \"/\" {8388000}\r\n"), std::string("* 1 FETCH (BODY[] {1073741824}\r\n"),
        std::string("* 1 FETCH (BODY[TEXT] {1073741824}\r\n")}) {
    wire::framer framer;
    std::span<const char> input(head);
    while (framer.next(input) != wire::framer::event::need_input) {
    }
    CHECK(framer.current().text.capacity() < 4096);
    tried();
  }
}

TEST_CASE("lines and responses over their limits end the stream, and hold no more than that") {
  const limits usual;
  for (const std::string& start : {std::string(), std::string("* OK "), std::string("* LIST () \"/\" \""),
                                   std::string("* 1 FETCH (FLAGS ("), std::string("abcd OK "), std::string("+ ")}) {
    const auto got = read(start + std::string(usual.line + 1000, 'x'), 4096);
    REQUIRE(got.failure);
    CHECK(*got.failure == errc::limit_exceeded);
    CHECK(got.most_text <= usual.line + 1);
    tried();
  }
  for (const char* literal : {"{0}\r\n ", "{1}\r\nx "}) {
    const auto got = read("* 1 FETCH (ENVELOPE (" + repeated(literal, 200'000), 4096);
    REQUIRE(got.failure);
    CHECK(*got.failure == errc::limit_exceeded);
    tried();
  }
  const auto large =
      read("* 1 FETCH (ENVELOPE (" + repeated("{1000000}\r\n" + std::string(1'000'000, 'x') + ' ', 20'000'000), 65536);
  REQUIRE(large.failure);
  CHECK(*large.failure == errc::limit_exceeded);
  CHECK(large.most_text <= usual.response + 1'000'100);
  tried();
}

TEST_CASE("nesting costs no stack, and what is too deep or too much costs its response alone") {
  for (const std::string& start :
       {std::string("* 1 FETCH (BODYSTRUCTURE "), std::string("* 1 FETCH (FLAGS "), std::string("* LIST "),
        std::string("* STATUS INBOX "), std::string("* 1 FETCH "), std::string("* 1 FETCH (X "),
        std::string("* OK [X "), std::string("* 1 FETCH (BODY[HEADER.FIELDS ")}) {
    for (const std::string& piece : {std::string("("), std::string("(a "), std::string("()"), std::string("(\"\" "),
                                     std::string("(("), std::string("[")}) {
      const auto got = read(start + repeated(piece, 300'000) + "\r\n* OK behind\r\n", 65536);
      CHECK_FALSE(got.failure);
      CHECK(got.frames == 2);
      CHECK(got.understood >= 1);
      tried();
    }
  }
}

TEST_CASE("sets of UIDs in a response cost what their digits cost: no one is counted out") {
  const auto with_set = [](const std::string& start, const std::string& set, const std::string& end) {
    return repeated(start + set + end + "\r\n", 200'000);
  };
  struct row {
    const char* start;
    const char* end;
  };
  // Of commands that outmap sends, of extensions that it does not ask for, and tagged.
  const row rows[] = {{"abcd OK [COPYUID 7 ", " 1:4294967295] done"},
                      {"abcd OK [APPENDUID 7 ", "] done"},
                      {"* OK [COPYUID 7 1 ", "] done"},
                      {"* OK [MODIFIED ", "] done"},
                      {"* VANISHED ", ""},
                      {"* VANISHED (EARLIER) ", ""},
                      {"* ESEARCH (TAG \"abcd\") UID ALL ", ""},
                      {"* SEARCH ", ""},
                      {"* 1 FETCH (UID ", ")"},
                      {"* ", " EXPUNGE"},
                      {"* ", " EXISTS"}};
  for (const auto& r : rows) {
    for (const char* bomb : {"1:4294967295", "1:*", "4294967295:1,2:4294967294", "4294967295"}) {
      CAPTURE(r.start);
      CAPTURE(bomb);
      const auto one = with_set(r.start, std::string(std::string_view(bomb).size(), '1'), r.end);
      CHECK(cost(with_set(r.start, bomb, r.end), 65536) < 4 * cost(one, 65536) + 20e6);
      tried();
    }
  }
}

TEST_CASE("ten times as much costs ten times as much, whatever it is and in whatever pieces it comes") {
  struct row {
    std::string what;
    std::string head;
    std::string piece;
    std::string tail;
    std::size_t most;
  };
  const std::size_t line = 400'000;
  const row rows[] = {
      {"status lines", "", "* OK [X y] still here\r\n", "", 1'000'000},
      {"FETCH lines", "", "* 17 FETCH (UID 123456 FLAGS (\\Seen $Junk))\r\n", "", 1'000'000},
      {"LIST lines", "", "* LIST (\\HasNoChildren) \"/\" \"a/b\"\r\n", "", 1'000'000},
      {"tiny literals", "", "* LIST () \"/\" {1}\r\na\r\n", "", 1'000'000},
      {"rubbish", "", "%\r\n", "", 400'000},
      {"blank lines", "", "\r\n", "", 400'000},
      {"bodies", "", "* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n", "", 1'000'000},
      {"flags of one message", "* 1 FETCH (FLAGS (", "k ", "k))\r\n", line},
      {"different flags of one message", "* 1 FETCH (FLAGS (", "", "k))\r\n", 200'000},
      {"items of one message", "* 1 FETCH (UID 1", " X-A (b c)", ")\r\n", line},
      {"parentheses", "* 1 FETCH (BODYSTRUCTURE ", "(", "\r\n", line},
      {"brackets", "* OK ", "[", "\r\n", line},
      {"quoted pairs", "* LIST () \"/\" \"", "\\\\", "\"\r\n", line},
      {"blanks", "* LIST ()", " ", "\"/\" a\r\n", line},
      {"capabilities", "* CAPABILITY", " X", "\r\n", line},
      {"attributes", "* LIST (", "\\A ", ") \"/\" x\r\n", line},
      {"braces", "* LIST () \"/\" ", "{", "}\r\n", line},
      {"digits", "* LIST () \"/\" {", "0", "}\r\n", line},
      {"literals of one response", "* 1 FETCH (X (", "{1}\r\na ", "))\r\n", 4090 * 7},
      {"discarded literals", "* 1 FETCH (UID 1", " BODY[1] {1}\r\na", ")\r\n", 4090 * 15},
      {"fields of a section", "* 1 FETCH (BODY[HEADER.FIELDS (", "a ", "a)] {0}\r\n)\r\n", line},
  };
  for (const auto& r : rows) {
    const auto made = [&](std::size_t octets) {
      if (!r.piece.empty()) return r.head + repeated(r.piece, octets) + r.tail;
      std::string all;
      for (std::size_t i = 0; all.size() < octets; ++i) all += 'k' + std::to_string(i) + ' ';
      return r.head + all + r.tail;
    };
    for (const std::size_t chunk : {std::size_t{65536}, std::size_t{7}}) {
      CAPTURE(r.what);
      CAPTURE(chunk);
      const auto most = (chunk < 100 ? r.most / 4 : r.most) / share;
      const auto once = cost(made(most / 10), chunk);
      const auto ten_times = cost(made(most), chunk);
      // A cost that grows by the square would be a hundred.
      CHECK(ten_times < 35 * once);
      tried();
    }
  }
}

TEST_SUITE_END();
