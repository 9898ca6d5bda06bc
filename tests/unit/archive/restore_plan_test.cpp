#include "archive/restore_plan.hpp"

#include <doctest/doctest.h>

#include "archive/restore_names.hpp"
#include "sync/seven_bit_message.hpp"
#include "unit/archive/sample_cache.hpp"

using namespace archive_test;
using namespace outmap;
using archive::found_message;
using archive::held_message;
using archive::restore_matching;

namespace {

cache::digest text(unsigned char which) {
  cache::digest out{};
  out[0] = which;
  return out;
}

archive::likeness_key both(const std::string& key) { return {key, key}; }

held_message held(const std::string& key, std::int64_t date, unsigned char which) {
  return {both(key), internal_date{date, 0}, text(which)};
}
found_message found(std::uint32_t u, const std::string& key, std::int64_t date) {
  return {uid{u}, both(key), internal_date{date, 60}};
}

archive::likeness_key key(const std::string& header) { return archive::likeness_key_of(header); }

std::string wire(const std::string& name, char delimiter, std::string_view into, std::optional<char> theirs) {
  cache::listed_folder folder;
  folder.mailbox = mailbox_name(name);
  folder.delimiter = delimiter;
  const auto out = archive::restored_name(folder, into, theirs);
  return out ? out->wire() : out.error().message();
}

}  // namespace

TEST_CASE("the same header and date are the same message, as often as it is there") {
  const std::vector<held_message> ours = {held("a", 1, 1), held("a", 1, 1), held("a", 1, 1), held("b", 2, 2)};
  const std::vector<found_message> theirs = {found(1, "a", 1), found(2, "a", 1), found(3, "c", 2)};
  const restore_matching matching(ours, theirs);
  CHECK_FALSE(matching.next());
  CHECK(std::count(matching.matched().begin(), matching.matched().end(), std::nullopt) == 2);
  CHECK_FALSE(matching.matched()[3]);
}

TEST_CASE("two texts under one header, and another date, are told apart by their texts") {
  const std::vector<held_message> ours = {held("a", 1, 1), held("a", 1, 2)};
  const std::vector<found_message> theirs = {found(7, "a", 1)};
  restore_matching matching(ours, theirs);
  REQUIRE(matching.next() == 0u);
  CHECK(matching.candidates() == std::vector<std::size_t>{0, 1});
  matching.answer(1);
  CHECK_FALSE(matching.next());
  CHECK_FALSE(matching.matched()[0]);
  CHECK(matching.matched()[1] == 0u);

  const std::vector<held_message> dated = {held("a", 5, 1)};
  restore_matching other(dated, theirs);
  REQUIRE(other.next() == 0u);
  other.answer(std::nullopt);
  CHECK_FALSE(other.next());
  CHECK_FALSE(other.matched()[0]);
}

TEST_CASE("a header keeps its key on its way into 7 bits") {
  const std::string raw =
      "Subject: Gr\xc3\xbc\xc3\x9f"
      "e\r\nFrom: a@b.c\r\n\r\n";
  const auto sent = sync::to_seven_bit(raw);
  REQUIRE(sent);
  REQUIRE(*sent != raw);
  CHECK(key(raw) == key(*sent));
  CHECK(key("Subject: a\r\n\r\n") != key("Subject: b\r\n\r\n"));
}

TEST_CASE("NTLM-PB9 a header that a server wrote anew keeps its key: the date as a point in time, and the Message-ID") {
  const std::string date = "Date: Fri, 1 Mar 2024 11:30:00 +0000\r\n";
  const std::string same = "Date: 01 Mar 2024 12:30:00 +0100\r\n";
  const auto ours = key(date + "Message-ID: <1@b>\r\nSubject: =?utf-8?Q?=C3=BC?=\r\n\r\n");
  CHECK(ours == key(same + "Subject: =?iso-8859-1?Q?=FC?=\r\nMessage-ID:\r\n <1@b>\r\n\r\n"));
  const auto other = key(date + "Message-ID: <2@b>\r\n\r\n");
  CHECK(ours.exact != other.exact);
  CHECK(ours.loose == other.loose);
  // The server has added the Message-ID.
  CHECK(key(date + "Subject: a\r\n\r\n").loose == ours.loose);
  CHECK(key(date + "Subject: a\r\n\r\n").exact != key(date + "Subject: b\r\n\r\n").exact);
}

TEST_CASE("what only the date of writing has in common is compared by its text") {
  const auto at = [](const std::string& exact) { return archive::likeness_key{"D1", exact}; };
  const std::vector<held_message> ours = {{at("a"), internal_date{1, 0}, text(1)},
                                          {at("b"), internal_date{1, 0}, text(2)}};
  const std::vector<found_message> theirs = {{uid{1}, at("a"), internal_date{1, 0}},
                                             {uid{2}, at("x"), internal_date{1, 0}}};
  restore_matching matching(ours, theirs);
  CHECK(matching.matched()[0] == 0u);
  REQUIRE(matching.next() == 1u);
  CHECK(matching.candidates() == std::vector<std::size_t>{1});
  matching.answer(1);
  CHECK_FALSE(matching.next());
  CHECK(matching.matched()[1] == 1u);
}

TEST_CASE("folders keep their levels on a server with another delimiter, and below another folder") {
  CHECK(wire("INBOX", '/', "", '/') == "INBOX");
  CHECK(wire("A/B", '/', "", '.') == "A.B");
  CHECK(wire("A/B.C", '/', "", '.') == "A.B_C");
  CHECK(wire("A.B/C", '.', "", '/') == "A/B_C");
  CHECK(wire("A/B", '/', "Old", '/') == "Old/A/B");
  CHECK(wire("INBOX", '/', "Old", '.') == "Old.INBOX");
  CHECK(wire("A/B", '/', "", std::nullopt).find("folders within folders") != std::string::npos);
  CHECK(wire("A", '/', "", std::nullopt) == "A");
}
