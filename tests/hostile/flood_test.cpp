// Floods: whatever a server sends without end, a sync takes bounded memory and comes to an end. With
// OUTMAP_FLOOD_OCTETS=200000000 each flood is large; with OUTMAP_FLOOD_FIGURES=1 each one's memory is told.
#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "hostile/hostile_peer.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/tried.hpp"

using namespace outmap::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_ours = false;
constexpr std::size_t usual_volume = std::size_t{256} << 10;
#else
constexpr bool memory_is_ours = true;
constexpr std::size_t usual_volume = std::size_t{1} << 20;
#endif

// Much less than that for a little flood, so that what would grow with a larger one shows.
std::uint64_t most_above_idle_kib();

// Octets of each flood; OUTMAP_FLOOD_OCTETS says otherwise.
std::size_t volume() {
  const char* wanted = std::getenv("OUTMAP_FLOOD_OCTETS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual_volume;
}

std::uint64_t most_above_idle_kib() { return volume() > (std::size_t{32} << 20) ? 64 * 1024 : 24 * 1024; }

// What a good server of one message says to `line`; a hook may speak first, and answers itself when it gives true.
using hook = std::function<bool(hostile_link&, const std::string& tag, const std::string& command)>;

void serve_one_message(hostile_link& c, const hook& before) {
  c.send("* OK IMAP4rev1 ready\r\n");
  while (true) {
    const auto line = c.line();
    const auto space = line.find(' ');
    const auto tag = line.substr(0, space);
    const auto command = space == std::string::npos ? std::string() : line.substr(space + 1);
    if (before && before(c, tag, command)) continue;
    std::string data;
    if (command == "CAPABILITY") data = "* CAPABILITY IMAP4rev1\r\n";
    if (command.starts_with("LIST") || command.starts_with("LSUB"))
      data = "* " + command.substr(0, 4) + " () \"/\" INBOX\r\n";
    if (command.starts_with("SELECT")) data = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] good\r\n";
    if (command.find("BODY.PEEK[HEADER]") != std::string::npos) {
      data =
          "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 16 INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" BODY[HEADER] {14}\r\n"
          "Subject: x\r\n\r\n)\r\n";
    } else if (command.find("BODY.PEEK[]") != std::string::npos) {
      data = "* 1 FETCH (UID 1 FLAGS () BODY[] {15}\r\nSubject: x\r\n\r\ny)\r\n";
    } else if (command.starts_with("UID FETCH")) {
      data = "* 1 FETCH (UID 1 FLAGS ())\r\n";
    }
    if (command == "LOGOUT") data = "* BYE bye\r\n";
    c.send(data + tag + " OK done\r\n");
    if (command == "LOGOUT") throw hostile_link::link_ended{};
  }
}

struct outcome {
  std::uint64_t memory_kib = 0;
  std::uint64_t alerts = 0;
  std::string end;
};

outcome sync_against(const hook& before) {
  const temp_dir dir;
  hostile_peer peer([&](hostile_link& c) { serve_one_message(c, before); });
  const auto got = run({{OUTMAP_HOSTILE_SYNC, std::to_string(peer.port()), (dir / "mail.outmap").string()}},
                       std::chrono::minutes(10));
  REQUIRE_MESSAGE(got.ok(), describe(got));
  outcome out;
  std::istringstream words(got.out);
  words >> out.memory_kib >> out.alerts;
  words.get();
  std::getline(words, out.end);
  return out;
}

// `piece` gives the i-th line of the flood.
void pour(hostile_link& c, const std::function<std::string(std::uint64_t)>& piece) {
  std::string buffer;
  std::size_t poured = 0;
  for (std::uint64_t i = 1; poured < volume(); ++i) {
    buffer += piece(i);
    if (buffer.size() < 65536) continue;
    poured += buffer.size();
    c.pour(buffer);
    buffer.clear();
  }
  c.pour(buffer);
}

hook flood_before(std::string command, std::function<std::string(std::uint64_t)> piece) {
  return [command = std::move(command), piece = std::move(piece)](hostile_link& c, const std::string&,
                                                                  const std::string& asked) {
    if (asked.find(command) != std::string::npos) pour(c, piece);
    return false;
  };
}

struct flood {
  std::string name;
  std::string command;  ///< in whose answer it comes
  std::function<std::string(std::uint64_t)> piece;
  bool harmless = false;  ///< the sync comes to a good end all the same
};

std::string number(std::uint64_t n) { return std::to_string(n); }

std::vector<flood> floods() {
  const std::string keywords(60'000, 'k');
  std::string many;
  while (many.size() < 60'000) many += " k" + number(many.size());
  return {
      {"untagged OK", "LIST", [](auto) { return std::string("* OK still here\r\n"); }, true},
      {"alerts", "LIST", [](auto i) { return "* OK [ALERT] " + number(i) + "\r\n"; }, true},
      {"long alerts", "LIST", [](auto i) { return "* OK [ALERT] " + number(i) + std::string(60'000, 'a') + "\r\n"; },
       true},
      {"codes", "SELECT",
       [](auto i) { return "* OK [UIDNEXT " + number(i) + "] x\r\n* OK [X" + number(i) + "] y\r\n"; }, true},
      {"UID-set bombs", "SELECT",
       [](auto i) {
         return "* OK [COPYUID 1 1:4294967295 1:4294967295] " + number(i) + "\r\n* SEARCH 1:* " + number(i) +
                "\r\n* VANISHED (EARLIER) 1:4294967295\r\n* ESEARCH UID ALL 1:4294967295\r\n";
       },
       true},
      {"capabilities", "CAPABILITY", [](auto i) { return "* CAPABILITY IMAP4rev1 X" + number(i) + "\r\n"; }, true},
      {"long capabilities", "CAPABILITY", [many](auto) { return "* CAPABILITY IMAP4rev1" + many + "\r\n"; }, true},
      {"EXISTS", "UID FETCH", [](auto i) { return "* " + number(1 + i % 2) + " EXISTS\r\n"; }},
      {"ever more EXISTS", "UID FETCH", [](auto i) { return "* " + number(i * 1000 % 4294967296) + " EXISTS\r\n"; }},
      {"4294967295 EXISTS", "SELECT", [](auto) { return std::string("* 4294967295 EXISTS\r\n"); }},
      {"EXPUNGE of all and more", "UID FETCH", [](auto) { return std::string("* 1 EXPUNGE\r\n"); }},
      {"a mailbox of 5 million, by its last message", "1:* (UID FLAGS)",
       [](auto i) {
         return i == 1 ? std::string("* 5000000 EXISTS\r\n")
                       : "* " + number(5'000'000 - i) + " FETCH (UID " + number(4'294'967'295 - i) + " FLAGS ())\r\n";
       }},
      {"one message again and again", "1:* (UID FLAGS)",
       [](auto) { return std::string("* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"); }},
      {"messages of no number", "1:* (UID FLAGS)",
       [](auto i) { return "* 4294967295 FETCH (UID " + number(2 * i % 4294967295 + 1) + " FLAGS ())\r\n"; }},
      {"messages upwards with gaps", "1:* (UID FLAGS)",
       [](auto i) { return "* " + number(i) + " FETCH (UID " + number(2 * i) + " FLAGS ())\r\n"; }},
      {"messages downwards with gaps", "1:* (UID FLAGS)",
       [](auto i) { return "* 1 FETCH (UID " + number(4'294'967'295 - 2 * i) + " FLAGS ())\r\n"; }},
      {"keywords", "1:* (UID FLAGS)", [keywords](auto) { return "* 1 FETCH (UID 1 FLAGS (" + keywords + "))\r\n"; }},
      {"many keywords", "1:* (UID FLAGS)",
       [many](auto i) { return "* 1 FETCH (UID " + number(i) + " FLAGS (" + many.substr(1) + "))\r\n"; }},
      {"flags that nobody asked for", "BODY.PEEK[HEADER]",
       [](auto i) { return "* 1 FETCH (FLAGS (k" + number(i) + "))\r\n"; }},
      {"long flags that nobody asked for", "BODY.PEEK[HEADER]",
       [keywords](auto i) { return "* 1 FETCH (FLAGS (" + number(i) + keywords + "))\r\n"; }},
      {"bodies of nobody", "BODY.PEEK[]",
       [](auto i) { return "* 1 FETCH (UID " + number(9 + i) + " BODY[] {1}\r\nx)\r\n"; }},
      {"bodies upside down", "BODY.PEEK[]",
       [](auto i) { return "* 1 FETCH (UID " + number(4'000'000'000 - 2 * i) + " BODY[] {0}\r\n)\r\n"; }},
      {"bodies without a UID", "BODY.PEEK[]", [](auto) { return std::string("* 1 FETCH (BODY[] {3}\r\nabc)\r\n"); }},
      {"mailboxes", "LIST", [](auto i) { return "* LIST (\\Noselect) \"/\" m" + number(i) + "\r\n"; }},
      {"mailboxes with long names", "LIST",
       [](auto i) { return "* LIST (\\Noselect) \"/\" " + number(i) + std::string(60'000, 'm') + "\r\n"; }},
      {"tiny literals", "LIST", [](auto) { return std::string("* LIST () \"/\" {1}\r\na\r\n"); }},
      {"tiny literals in one response", "LIST",
       [](auto i) { return i == 1 ? std::string("* LIST () ") : std::string("{1}\r\na "); }},
      {"empty literals", "LIST", [](auto) { return std::string("* LIST () {0}\r\n {0}\r\n\r\n"); }},
      {"STATUS of nobody", "LIST", [](auto i) { return "* STATUS m" + number(i) + " (UNSEEN 1)\r\n"; }, true},
      {"a line without end", "LIST", [](auto) { return std::string(65536, 'x'); }},
      {"empty lines", "LIST", [](auto) { return std::string("\r\n"); }, true},
      {"lines of blanks", "LIST", [](auto) { return std::string(60'000, ' ') + "\r\n"; }, true},
      {"rubbish", "LIST", [](auto) { return std::string("%$\r\n"); }},
      {"continuation requests", "LIST", [](auto) { return std::string("+ go on\r\n"); }},
      {"parentheses", "1:* (UID FLAGS)", [](auto) { return std::string(60'000, '('); }},
      {"parentheses, a line each", "1:* (UID FLAGS)",
       [](auto) { return "* 1 FETCH (BODYSTRUCTURE " + std::string(60'000, '(') + "\r\n"; }},
  };
}

std::uint64_t idle_kib() {
  static const std::uint64_t once = [] {
    const auto quiet = sync_against({});
    REQUIRE(quiet.end == "done");
    return quiet.memory_kib;
  }();
  return once;
}

}  // namespace

TEST_SUITE_BEGIN("sizes: floods");

TEST_CASE("no flood takes more than 64 MiB, and a sync against it ends") {
  const auto idle = idle_kib();
  for (const auto& how : floods()) {
    CAPTURE(how.name);
    const auto got = sync_against(flood_before(how.command, how.piece));
    CAPTURE(got.end);
    if (std::getenv("OUTMAP_FLOOD_FIGURES") != nullptr)
      MESSAGE(how.name << ": " << (static_cast<std::int64_t>(got.memory_kib) - static_cast<std::int64_t>(idle)) / 1024
                       << " MiB above idle: " << got.end.substr(0, 100));
    if (memory_is_ours) CHECK(got.memory_kib < idle + most_above_idle_kib());
    CHECK_FALSE(got.end.empty());
    if (how.harmless) CHECK(got.end == "done");
    tried();
  }
}

TEST_CASE(
    "a literal of an absurd size ends the sync at once with the limit's name, or costs the message that it is of") {
  const auto idle = idle_kib();
  for (const char* size : {"1073741825", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807",
                           "9223372036854775808", "18446744073709551615", "18446744073709551616",
                           "99999999999999999999999999999999999999", "2147483648+", "18446744073709551615+"}) {
    for (const char* where : {"LIST", "BODY.PEEK[HEADER]", "BODY.PEEK[]"}) {
      CAPTURE(size);
      CAPTURE(where);
      const std::string announced = std::string("{") + size + "}\r\n";
      const auto got = sync_against([&](hostile_link& c, const std::string&, const std::string& asked) {
        if (asked.find(where) == std::string::npos) return false;
        const auto item = std::string(where) == "LIST"          ? std::string("* LIST () \"/\" ")
                          : std::string(where) == "BODY.PEEK[]" ? std::string("* 1 FETCH (UID 1 BODY[] ")
                                                                : std::string("* 1 FETCH (UID 1 BODY[HEADER] ");
        c.send(item + announced);
        c.drain();
        return true;
      });
      CAPTURE(got.end);
      // What is about a message costs that message.
      const char* const end =
          std::string(where) == "LIST" ? "limit" : "0 folders failed, 1 messages could not be fetched";
      CHECK(got.end.find(end) != std::string::npos);
      if (memory_is_ours) CHECK(got.memory_kib < idle + most_above_idle_kib());
      tried();
    }
  }
}

TEST_SUITE_END();
