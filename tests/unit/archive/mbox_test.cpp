#include "archive/mbox.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using namespace outmap;
using archive::mbox_message;
using archive::mbox_reader;

namespace {

std::vector<mbox_message> read_all(std::string_view octets, std::size_t piece = SIZE_MAX) {
  std::vector<mbox_message> out;
  mbox_reader reader([&](mbox_message&& m) {
    out.push_back(std::move(m));
    return true;
  });
  while (!octets.empty()) {
    const auto n = std::min(piece, octets.size());
    need(reader.feed(octets.substr(0, n)));
    octets.remove_prefix(n);
  }
  need(reader.finish());
  return out;
}

std::string from_lines() {
  return "Subject: quoted\r\n\r\nFrom me\r\n>From you\r\n>>From them\r\nnot From\r\n\r\nFrom here\r\n";
}

}  // namespace

TEST_CASE("a message goes into an mbox and comes out as it was, however the octets are cut") {
  const std::string text = from_lines();
  flag_set flags;
  flags.set(system_flag::seen);
  flags.set(system_flag::flagged);
  const auto entry = archive::mbox_entry(text, flags, internal_date{some_day, 60});
  CHECK(entry.starts_with("From MAILER-DAEMON Tue Nov 14 22:13:20 2023\nSubject: quoted\nStatus: RO\nX-Status: F\n\n"));
  CHECK(entry.find("\n>From me\n>>From you\n>>>From them\nnot From\n\n>From here\n\n") != std::string::npos);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::string::npos}) {
    const auto read = read_all(entry + entry, piece);
    REQUIRE(read.size() == 2);
    CHECK(read[1].text == "Subject: quoted\n\nFrom me\n>From you\n>>From them\nnot From\n\nFrom here\n");
    CHECK(read[1].flags == flags);
    REQUIRE(read[1].date);
    CHECK(read[1].date->unix_seconds == some_day);
  }
  CHECK(need(archive::mbox_sum(text)) == need(archive::mbox_sum(read_all(entry).front().text)));
}

TEST_CASE("what messages end with, and messages without text, are kept apart") {
  for (const char* text : {"Subject: a\r\n\r\nno end", "Subject: a\r\n\r\nend\r\n", "Subject: a\r\n\r\nend\r\n\r\n\r\n",
                           "Subject: only a header\r\n", "Subject: a\r\n\r\n", "X: y\r\nStatus: RO\r\n\r\nold\r\n"}) {
    CAPTURE(text);
    const auto entry = archive::mbox_entry(text, {}, std::nullopt);
    const auto read = read_all(entry + archive::mbox_entry("Subject: next\r\n\r\n", {}, std::nullopt));
    REQUIRE(read.size() == 2);
    CHECK(need(archive::mbox_sum(read.front().text)) == need(archive::mbox_sum(text)));
    CHECK(read.back().text == "Subject: next\n\n");
  }
}

TEST_CASE("a file that is no mbox is refused") {
  mbox_reader reader([](mbox_message&&) { return true; });
  const auto fed = reader.feed("hello\nworld\n");
  REQUIRE_FALSE(fed);
  CHECK(fed.error().code == errc::wrong_format);
}

TEST_CASE("a cache becomes an mbox a mailbox, a second run appends what is new, and nothing is written twice") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one"), 1}, {2, from_lines(), 4}, {3, message_text("one"), 1}});
  cache.put("INBOX/Sub", {{1, message_text("three")}});
  const auto first = cache.export_all(export_format::mbox);
  CHECK(first.written == 4);
  auto files = tree(cache.target());
  CHECK(files.size() == 2);
  CHECK(read_all(files.at("INBOX.mbox")).size() == 3);
  CHECK(read_all(files.at("INBOX/Sub.mbox")).size() == 1);

  const auto again = cache.export_all(export_format::mbox);
  CHECK(again.written == 0);
  CHECK(again.unchanged == 4);
  CHECK(tree(cache.target()) == files);
  cache.put("INBOX", {{4, message_text("four")}});
  CHECK(cache.export_all(export_format::mbox).written == 1);
  const auto grown = tree(cache.target());
  CHECK(grown.at("INBOX.mbox").starts_with(files.at("INBOX.mbox")));

  // What a crash left: half a message, and the note of the size before.
  const auto mbox = cache.target() / "INBOX.mbox";
  std::ofstream(mbox, std::ios::app) << "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\nSubject: hal";
  std::ofstream(cache.target() / ".INBOX.mbox.growing") << grown.at("INBOX.mbox").size() << '\n';
  CHECK(cache.export_all(export_format::mbox).unchanged == 5);
  CHECK(tree(cache.target()) == grown);

  // Somebody else's file is left alone.
  std::ofstream(cache.target() / "INBOX" / "Sub.mbox") << "not an mbox\n";
  const auto refused = cache.export_all(export_format::mbox);
  REQUIRE(refused.failures.size() == 1);
  CHECK(refused.failures.front().code == errc::wrong_format);
  CHECK(tree(cache.target()).at("INBOX/Sub.mbox") == "not an mbox\n");
}
