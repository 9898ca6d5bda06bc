#include <doctest/doctest.h>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

flag_set flags(std::initializer_list<system_flag> some, std::string_view keyword = {}) {
  flag_set all;
  for (const system_flag f : some) all.set(f);
  if (!keyword.empty()) all.add_keyword(keyword);
  return all;
}

constexpr std::int64_t july_17_1996 = 837'596'665;  // 09:44:25 UTC, 02:44:25 -0700

/// Four messages: UIDs 1, 3, 4 and 5.
void fill(mailbox_store& mail) {
  mail.add("INBOX",
           "Date: Wed, 17 Jul 1996 02:44:25 -0700\r\nFrom: Anna <anna@example.org>\r\nTo: bob@example.org\r\n"
           "Subject: Quarterly\r\n report\r\nX-Note: yes\r\n\r\nThe numbers.\r\n",
           flags({system_flag::seen, system_flag::flagged}), {july_17_1996, -420});
  const auto gone = mail.add("INBOX", "a: b\r\n\r\n");
  mail.add(
      "INBOX",
      "Date: 1 Aug 1996 10:00:00 +0000\r\nFrom: carl@example.org\r\nCc: anna@example.org\r\nBcc: dora@example.org\r\n"
      "Subject: Lunch\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nU29tZSBoaWRkZW4gd29yZHM=\r\n",
      flags({system_flag::answered, system_flag::draft}, "$MDNSent"), {july_17_1996 + 10 * 86'400, 0});
  mail.add(
      "INBOX",
      "Subject: split\r\nContent-Type: multipart/mixed; boundary=bbb\r\n\r\n--bbb\r\n"
      "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\nbreak =41BC\r\n--bbb\r\n"
      "Content-Type: image/png\r\n\r\nnumbers\r\n--bbb--\r\n",
      flags({system_flag::deleted}), {july_17_1996 + 20 * 86'400, 0});
  mail.add("INBOX",
           "Subject: =?UTF-8?B?QW50d29ydDo=?= =?utf-8?q?_gro=C3=9F_big?= end =?broken\r\n\r\n" +
               std::string(5000, 'x') + "\r\n",
           {}, {july_17_1996 + 20 * 86'400, 0});
  mail.expunge("INBOX", gone);
}

running_server with_mail(personality behaves) {
  return running_server(std::move(behaves), [](server_options& o) {
    o.store = std::make_shared<mailbox_store>(o.behaves.names_ignore_case);
    fill(*o.store);
  });
}

std::string found(client& c, const std::string& keys) {
  const answer got = c.command("UID SEARCH " + keys);
  if (!got.tagged.starts_with("OK")) return got.tagged.substr(0, got.tagged.find(' '));
  return got.untagged.at(0) == "SEARCH" ? "" : got.untagged.at(0).substr(7);
}

}  // namespace

TEST_CASE("XIMAP-1.4 SEARCH knows the keys of RFC 3501 6.4.4") {
  auto server = with_mail(personality::exchange_2019());
  client c = server.login();
  c.command("SELECT INBOX");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"ALL", "1 3 4 5"},
      {"SEEN", "1"},
      {"UNSEEN", "3 4 5"},
      {"ANSWERED", "3"},
      {"UNANSWERED", "1 4 5"},
      {"DELETED", "4"},
      {"UNDELETED", "1 3 5"},
      {"DRAFT", "3"},
      {"UNDRAFT", "1 4 5"},
      {"FLAGGED", "1"},
      {"UNFLAGGED", "3 4 5"},
      {"RECENT", "1 3 4 5"},
      {"NEW", "3 4 5"},
      {"OLD", ""},
      {"BEFORE 27-Jul-1996", "1"},
      {"ON 17-Jul-1996", "1"},
      {"ON \"27-Jul-1996\"", "3"},
      {"SINCE 27-Jul-1996", "3 4 5"},
      {"SENTBEFORE 18-Jul-1996", "1"},
      {"SENTON 1-Aug-1996", "3"},
      {"SENTSINCE 17-jul-1996", "1 3"},
      {"FROM anna", "1"},
      {"TO BOB", "1"},
      {"CC anna@", "3"},
      {"BCC dora", "3"},
      {"SUBJECT \"quarterly report\"", "1"},
      {"SUBJECT Antwort", "5"},
      {"SUBJECT \"big end =?broken\"", "5"},
      {"SUBJECT utf", ""},
      {"HEADER X-Note \"\"", "1"},
      {"HEADER x-note YES", "1"},
      {"BODY numbers", "1"},
      {"BODY \"hidden words\"", "3"},
      {"BODY \"softbreak ABC\"", "4"},
      {"TEXT lunch", "3"},
      {"TEXT image/png", "4"},
      {"1", "1"},
      {"2:*", "3 4 5"},
      {"1,4", "1 5"},
      {"UID 4:*", "4 5"},
      {"UID 2", ""},
      {"NOT SEEN", "3 4 5"},
      {"NOT 1:3", "5"},
      {"OR SEEN DRAFT", "1 3"},
      {"OR (SEEN FLAGGED) (DELETED UNSEEN)", "1 4"},
      {"SEEN UNSEEN", ""},
      {"(SINCE 27-Jul-1996 NOT DELETED) UNDRAFT", "5"},
  };
  for (const auto& [keys, uids] : expected) {
    CAPTURE(keys);
    CHECK(found(c, keys) == uids);
  }
  CHECK(c.command("SEARCH DELETED").untagged == list{"SEARCH 3"});
  for (const char* wrong : {"", "NONSENSE", "KEYWORD", "OR SEEN", "()", "(SEEN", "SEEN)", "LARGER x", "ON yesterday",
                            "SEEN  DRAFT", "BEFORE 31-Foo-1996", "CHARSET US-ASCII"}) {
    CAPTURE(wrong);
    CHECK(found(c, wrong) == "BAD");
  }
}

TEST_CASE("XIMAP-V0037 XIMAP-V0038 a charset other than US-ASCII is refused with BADCHARSET") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    auto server = with_mail(strict(behaves));
    client c = server.login();
    c.command("SELECT INBOX");
    CHECK(found(c, "CHARSET us-ascii SEEN") == "1");
    const answer got = c.command("SEARCH CHARSET UTF-8 SEEN");
    CHECK(got.untagged.empty());
    CHECK(got.tagged == "NO [BADCHARSET (US-ASCII)] The specified charset is not supported.");
  }
  auto generic = with_mail(personality::generic());
  client c = generic.login();
  c.command("SELECT INBOX");
  CHECK(c.command("UID SEARCH CHARSET UTF-8 SEEN").untagged == list{"SEARCH 1"});
}

TEST_CASE("XIMAP-V0039 XIMAP-V0042 KEYWORD and UNKEYWORD work for $MDNSent only") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    auto server = with_mail(strict(behaves));
    server.store().set_flags("INBOX", 5, flags({}, "$Label1"));
    client c = server.login();
    c.command("SELECT INBOX");
    CHECK(found(c, "KEYWORD $MDNSent") == "3");
    CHECK(found(c, "KEYWORD $mdnsent") == "3");
    CHECK(found(c, "UNKEYWORD $MDNSent") == "1 4 5");
    CHECK(found(c, "KEYWORD $Label1") == "");
    CHECK(found(c, "UNKEYWORD $Label1") == "1 3 4 5");
  }
  auto generic = with_mail(personality::generic());
  generic.store().set_flags("INBOX", 5, flags({}, "$Label1"));
  client c = generic.login();
  c.command("SELECT INBOX");
  CHECK(found(c, "KEYWORD $Label1") == "5");
}

TEST_CASE("XIMAP-V0040 XIMAP-V0041 LARGER and SMALLER compare what RFC822.SIZE says: stored size, then true size") {
  for (personality behaves : exchanges()) {
    CAPTURE(behaves.name);
    for (const bool exact : {false, true}) {
      if (exact) behaves.sizes = size_rule::exact;
      auto server = with_mail(strict(behaves));
      client c = server.login();
      c.command("SELECT INBOX");
      const std::size_t truth = server.store().find_message("INBOX", 5)->octets->size();
      const auto matches = [&](std::size_t size) {
        return found(c, "UID 5 LARGER " + std::to_string(size - 1) + " SMALLER " + std::to_string(size + 1)) == "5";
      };
      const std::string said = c.command("UID FETCH 5 RFC822.SIZE").untagged.at(0);
      const auto size = std::stoul(said.substr(said.find("SIZE ") + 5));
      CHECK((size == truth) == exact);
      CHECK(matches(size));
      CHECK(matches(truth) == exact);
      c.command("UID FETCH 5 BODY.PEEK[]");
      CHECK(matches(truth));
      CHECK(found(c, "LARGER " + std::to_string(truth)) == "");
    }
  }
}

TEST_CASE("XIMAP-V0043 criteria nest to ten levels of parentheses and not to eleven") {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '(') + "SEEN" +
           std::string(static_cast<std::size_t>(levels), ')');
  };
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    auto server = with_mail(strict(behaves));
    client c = server.login();
    c.command("SELECT INBOX");
    CHECK(found(c, nested(10)) == "1");
    CHECK(found(c, nested(11)) == "BAD");
    CHECK(found(c, "UNDELETED (OR SEEN (OR DRAFT (OR FLAGGED (DELETED UNSEEN))))") == "1 3");
    // Side by side is no nesting.
    std::string many = "(SEEN)";
    for (int i = 0; i < 50; ++i) many += " (SEEN)";
    CHECK(found(c, many) == "1");
  }
  auto server = with_mail(personality::generic());
  client c = server.login();
  c.command("SELECT INBOX");
  std::string nots;
  for (int i = 0; i < 2'400; ++i) nots += "NOT ";
  CHECK(found(c, nots + "SEEN") == "BAD");
  CHECK(found(c, nots.substr(0, 4 * 900) + "SEEN") == "1");
}

TEST_CASE("XIMAP-2.2 others' expunges wait for the end of SEARCH by number, not of UID SEARCH") {
  auto server = with_mail(personality::exchange_2016());
  client c = server.login();
  c.command("SELECT INBOX");
  server.store().expunge("INBOX", 3);
  CHECK(c.command("SEARCH ALL").untagged == list{"SEARCH 1 3 4"});
  CHECK(c.command("UID SEARCH ALL").untagged == list{"SEARCH 1 4 5", "2 EXPUNGE"});
}

}  // namespace outmap::exchange::test
