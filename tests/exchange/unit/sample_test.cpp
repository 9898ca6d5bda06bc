#include <doctest/doctest.h>

#include <algorithm>

#include "../mailbox_directory.hpp"
#include "../sample_mailbox.hpp"
#include "../sample_mime.hpp"
#include "outmap/error.hpp"
#include "support/temp_dir.hpp"

namespace outmap::exchange::test {

TEST_CASE("the sample mailbox is what it says it is, and always the same") {
  mailbox_store first;
  mailbox_store second;
  mailbox_store other;
  const loaded count = make_sample_mailbox(first);
  make_sample_mailbox(second);
  make_sample_mailbox(other, default_sample_seed + 1);
  std::size_t octets = 0;
  std::size_t messages = 0;
  std::size_t large = 0;
  std::size_t empty = 0;
  std::size_t most = 0;
  bool differs = false;
  flag_set all_flags;
  for (const folder_info& folder : first.folders()) {
    const auto here = first.messages(folder.name);
    const auto there = second.messages(folder.name);
    const auto elsewhere = other.messages(folder.name);
    REQUIRE(here.size() == there.size());
    REQUIRE(here.size() == elsewhere.size());
    empty += here.empty() && !folder.noselect ? 1 : 0;
    most = std::max(most, here.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      CHECK(*here[i].octets == *there[i].octets);
      CHECK(here[i].flags == there[i].flags);
      CHECK(here[i].date == there[i].date);
      differs = differs || *here[i].octets != *elsewhere[i].octets;
      octets += here[i].octets->size();
      large += here[i].octets->size() > 1'000'000 ? 1 : 0;
      ++messages;
      all_flags = flag_set(static_cast<std::uint8_t>(all_flags.system_bits() | here[i].flags.system_bits()));
      all_flags.add_keyword(here[i].flags.keywords().empty() ? "$MDNSent" : here[i].flags.keywords());
      // XIMAP-V0007
      CHECK(std::ranges::all_of(*here[i].octets, [](char c) { return static_cast<unsigned char>(c) < 128; }));
      CHECK(here[i].octets->size() == with_crlf(*here[i].octets).size());
    }
  }
  CHECK(differs);
  CHECK(messages == count.messages);
  CHECK(messages > 500);
  CHECK(octets > 10'000'000);
  CHECK(octets < 20'000'000);
  CHECK(large >= 3);
  CHECK(empty >= 1);
  CHECK(most >= 200);
  CHECK(all_flags.system_bits() == flag_set::all_bits);
  CHECK(first.find("Projekte")->noselect);
  CHECK(first.find("日本語/受信")->exists > 0);
}

TEST_CASE("headers, quoted-printable and dates of the sample") {
  CHECK(encoded_header_text("plain") == "plain");
  CHECK(encoded_header_text("Grüße") == "=?UTF-8?B?R3LDvMOfZQ==?=");
  const std::string folded = encoded_header_text(std::string(40, 'a') + "ééééé");
  // The word ends before the character that would not fit whole: 40 + 2 * 2 octets.
  CHECK(folded.find("?=\r\n =?UTF-8?B?") != std::string::npos);
  CHECK(quoted_printable("a=b \nü") == "a=3Db=20\r\n=C3=BC");
  CHECK(header_date({837'596'665, -420}) == "Wed, 17 Jul 1996 02:44:25 -0700");
  CHECK(header_date({0, 330}) == "Thu, 1 Jan 1970 05:30:00 +0530");
}

TEST_CASE("a folder tree becomes a mailbox tree") {
  const outmap::test::temp_dir tree;
  tree.write("1.eml", "Subject: root\n\nlf\n");
  tree.write("INBOX/2.eml", "Subject: inbox\r\n\r\ncrlf\r\n");
  tree.write("Projekte/Zürich/b.eml", "b\n");
  tree.write("Projekte/Zürich/a.eml", "a\n");
  tree.write("Projekte/notes.txt", "not a message");
  mailbox_store store;
  const auto got = load_mailbox_directory(tree.path(), store);
  REQUIRE(got);
  CHECK(got->messages == 4);
  CHECK(store.find("INBOX")->exists == 2);
  CHECK(*store.find_message("INBOX", 1)->octets == "Subject: root\r\n\r\nlf\r\n");
  CHECK(*store.find_message("INBOX", 2)->octets == "Subject: inbox\r\n\r\ncrlf\r\n");
  CHECK(*store.find_message("Projekte/Zürich", 1)->octets == "a\r\n");
  CHECK(store.find("Projekte")->exists == 0);
  CHECK_FALSE(load_mailbox_directory(tree / "nosuch", store));
}

}  // namespace outmap::exchange::test
