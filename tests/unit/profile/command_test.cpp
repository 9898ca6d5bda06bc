#include "profile/command.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace outmap;
using namespace outmap::profile;

namespace {

std::string line(const command& c, encoding_rules rules = {}) {
  auto encoded = encode(c, "ab12", rules);
  REQUIRE_MESSAGE(encoded, encoded.error().message());
  std::string out;
  for (const auto& f : encoded->fragments) out += f.bytes;
  return out;
}

const encoding_rules old_server{dialect::imap4, false};

}  // namespace

TEST_CASE("OIMAP-V0055 the FETCH lists are these nine, each for its servers only") {
  const std::pair<fetch_form, const char*> rev1[] = {
      {fetch_form::uid, "(UID)"},
      {fetch_form::uid_flags, "(UID FLAGS)"},
      {fetch_form::body_header_with_date, "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)"},
      {fetch_form::body_full, "(UID FLAGS BODY.PEEK[])"},
      {fetch_form::body_header, "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])"},
  };
  const std::pair<fetch_form, const char*> imap4[] = {
      {fetch_form::uid, "(UID)"},
      {fetch_form::uid_flags, "(UID FLAGS)"},
      {fetch_form::rfc822_header_with_date, "(UID FLAGS RFC822.SIZE RFC822.HEADER INTERNALDATE)"},
      {fetch_form::rfc822_full, "(UID FLAGS RFC822)"},
      {fetch_form::rfc822_header, "(UID FLAGS RFC822.SIZE RFC822.HEADER)"},
      {fetch_form::rfc822_peek, "(UID FLAGS RFC822.PEEK)"},
  };
  for (const auto& [form, list] : rev1) {
    CHECK(line(uid_fetch_command{message_set::all(), form}) == "ab12 UID FETCH 1:* " + std::string(list) + "\r\n");
    CHECK(encode(fetch_command{message_set::all(), form}, "ab12", old_server).has_value() ==
          allowed(form, dialect::imap4));
  }
  for (const auto& [form, list] : imap4) {
    CHECK(line(fetch_command{message_set::all(), form}, old_server) == "ab12 FETCH 1:* " + std::string(list) + "\r\n");
    CHECK(encode(uid_fetch_command{message_set::all(), form}, "ab12", {}).has_value() ==
          allowed(form, dialect::imap4rev1));
  }
}

TEST_CASE(
    "OIMAP-V0006 the received-date setting selects the header form, OIMAP-V0010 headers and bodies are fetched "
    "separately") {
  CHECK(items(header_form(dialect::imap4rev1, true)) == "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)");
  CHECK(items(header_form(dialect::imap4rev1, false)) == "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])");
  CHECK(items(full_form(dialect::imap4rev1)) == "(UID FLAGS BODY.PEEK[])");
  CHECK(items(full_form(dialect::imap4)) == "(UID FLAGS RFC822.PEEK)");
}

TEST_CASE("OIMAP-V0056 the STORE forms are these thirteen") {
  const std::pair<store_form, const char*> forms[] = {
      {store_form::replace, "FLAGS (\\Seen \\Draft)"},
      {store_form::add_deleted_seen, "+FLAGS (\\Deleted \\Seen)"},
      {store_form::remove_deleted, "-FLAGS (\\Deleted)"},
      {store_form::add_seen, "+FLAGS (\\Seen)"},
      {store_form::remove_seen, "-FLAGS (\\Seen)"},
      {store_form::add_deleted_silent, "+FLAGS.SILENT (\\Deleted)"},
      {store_form::remove_deleted_silent, "-FLAGS.SILENT (\\Deleted)"},
      {store_form::add_seen_silent, "+FLAGS.SILENT (\\Seen)"},
      {store_form::remove_seen_silent, "-FLAGS.SILENT (\\Seen)"},
      {store_form::add_flagged_silent, "+FLAGS.SILENT (\\Flagged)"},
      {store_form::remove_flagged_silent, "-FLAGS.SILENT (\\Flagged)"},
      {store_form::add_answered_silent, "+FLAGS.SILENT (\\Answered)"},
      {store_form::remove_answered_silent, "-FLAGS.SILENT (\\Answered)"},
  };
  flag_set flags;
  flags.set(system_flag::seen);
  flags.set(system_flag::draft);
  std::set<std::string> distinct;
  for (const auto& [form, expected] : forms) {
    const auto sent = line(uid_store_command{{"3:5,9"}, form, flags});
    CHECK(sent == "ab12 UID STORE 3:5,9 " + std::string(expected) + "\r\n");
    CHECK(line(store_command{{"3:5,9"}, form, flags}) == "ab12 STORE 3:5,9 " + std::string(expected) + "\r\n");
    distinct.insert(sent);
  }
  CHECK(distinct.size() == 13);
}

TEST_CASE("OIMAP-V0005 a STORE or APPEND carries no keyword") {
  flag_set flags;
  flags.set(system_flag::flagged);
  flags.add_keyword("$MDNSent");
  CHECK(line(uid_store_command{{"1"}, store_form::replace, flags}) == "ab12 UID STORE 1 FLAGS (\\Flagged)\r\n");
  CHECK(line(append_command{mailbox_name("Drafts"), flags, std::nullopt, "x"}) ==
        "ab12 APPEND Drafts (\\Flagged) {1}\r\nx\r\n");
}

TEST_CASE("OIMAP-V0045 STATUS asks for UNSEEN only") {
  CHECK(line(status_command{mailbox_name("Archive")}) == "ab12 STATUS Archive (UNSEEN)\r\n");
}

TEST_CASE("XIMAP-V0031 LIST and LSUB have an empty reference") {
  CHECK(line(list_command{"*"}) == "ab12 LIST \"\" *\r\n");
  CHECK(line(lsub_command{"a/%"}) == "ab12 LSUB \"\" a/%\r\n");
}

TEST_CASE("OIMAP-V0059 every command of the set has its one form") {
  CHECK(line(capability_command{}) == "ab12 CAPABILITY\r\n");
  CHECK(line(noop_command{}) == "ab12 NOOP\r\n");
  CHECK(line(logout_command{}) == "ab12 LOGOUT\r\n");
  CHECK(line(starttls_command{}) == "ab12 STARTTLS\r\n");
  CHECK(line(authenticate_command{"NTLM"}) == "ab12 AUTHENTICATE NTLM\r\n");  // NTLM-2.2.1-03
  CHECK(line(select_command{mailbox_name("a b")}) == "ab12 SELECT \"a b\"\r\n");
  CHECK(line(create_command{mailbox_name("x")}) == "ab12 CREATE x\r\n");
  CHECK(line(delete_command{mailbox_name("x")}) == "ab12 DELETE x\r\n");
  CHECK(line(rename_command{mailbox_name("x"), mailbox_name("y")}) == "ab12 RENAME x y\r\n");
  CHECK(line(subscribe_command{mailbox_name("x")}) == "ab12 SUBSCRIBE x\r\n");
  CHECK(line(unsubscribe_command{mailbox_name("x")}) == "ab12 UNSUBSCRIBE x\r\n");
  CHECK(line(expunge_command{}) == "ab12 EXPUNGE\r\n");
  CHECK(line(idle_command{}) == "ab12 IDLE\r\n");
  CHECK(line(copy_command{{"1:2"}, mailbox_name("x")}) == "ab12 COPY 1:2 x\r\n");
  CHECK(line(uid_copy_command{{"1:2"}, mailbox_name("x")}) == "ab12 UID COPY 1:2 x\r\n");
}

TEST_CASE("a password is in the bytes and not in the trace") {
  auto encoded = encode(login_command{"anna", secret("hunter2")}, "ab12", {});
  REQUIRE(encoded);
  std::string bytes;
  std::string trace;
  for (const auto& f : encoded->fragments) {
    bytes += f.bytes;
    trace += f.trace;
  }
  CHECK(bytes.find("hunter2") != std::string::npos);
  CHECK(trace.find("hunter2") == std::string::npos);
  CHECK(trace.find("<secret>") != std::string::npos);
}

TEST_CASE("a trace of LOGIN says the same whatever the password, also one that is written as the user is") {
  // The user's two backslashes go out as four, among which the password's three are found.
  const auto got = encode(login_command{R"(\\)", secret(R"(\\\)")}, "ab12", {});
  const auto other = encode(login_command{R"(\\)", secret("hunter")}, "ab12", {});
  REQUIRE(got);
  REQUIRE(other);
  REQUIRE(got->fragments.size() == 1);
  CHECK(got->fragments[0].trace == other->fragments[0].trace);
  CHECK(got->fragments[0].trace == R"(ab12 LOGIN "\\\\" "<secret>")"
                                   "\r\n");
}

TEST_CASE("an error of LOGIN says the same whatever the password, also one that stands in its own words") {
  const std::string refused = "\x06~*\xda";
  const auto got = encode(login_command{refused, secret("e se")}, "ab12", {});
  const auto other = encode(login_command{refused, secret("# ##")}, "ab12", {});
  REQUIRE_FALSE(got);
  REQUIRE_FALSE(other);
  CHECK(got.error().message() == other.error().message());
}

TEST_CASE("read-only mode refuses every command that changes the server, before a byte is made") {
  const encoding_rules read_only{dialect::imap4rev1, true};
  const command changing[] = {create_command{mailbox_name("x")},
                              delete_command{mailbox_name("x")},
                              rename_command{mailbox_name("x"), mailbox_name("y")},
                              subscribe_command{mailbox_name("x")},
                              unsubscribe_command{mailbox_name("x")},
                              append_command{mailbox_name("x"), {}, std::nullopt, "m"},
                              expunge_command{},
                              store_command{{"1"}, store_form::add_seen, {}},
                              uid_store_command{{"1"}, store_form::add_seen, {}},
                              copy_command{{"1"}, mailbox_name("x")},
                              uid_copy_command{{"1"}, mailbox_name("x")}};
  for (const auto& c : changing) {
    CAPTURE(traits(c).name);
    const auto refused = encode(c, "ab12", read_only);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::read_only);
  }
  CHECK(encode(uid_fetch_command{message_set::all(), fetch_form::body_full}, "ab12", read_only));
  CHECK(encode(select_command{mailbox_name("x")}, "ab12", read_only));
  const auto marks_read =
      encode(uid_fetch_command{message_set::all(), fetch_form::rfc822_full}, "ab12", {dialect::imap4, true});
  CHECK_FALSE(marks_read);
}
