// What cannot be said: everything that the command variant can encode, and what hostile arguments make of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "profile/command.hpp"

using namespace outmap;
using namespace outmap::profile;

namespace {

constexpr fetch_form fetch_forms[] = {
    fetch_form::uid,           fetch_form::uid_flags,   fetch_form::rfc822_header_with_date, fetch_form::rfc822_full,
    fetch_form::rfc822_header, fetch_form::rfc822_peek, fetch_form::body_header_with_date,   fetch_form::body_full,
    fetch_form::body_header};
constexpr store_form store_forms[] = {store_form::replace,
                                      store_form::add_deleted_seen,
                                      store_form::remove_deleted,
                                      store_form::add_seen,
                                      store_form::remove_seen,
                                      store_form::add_deleted_silent,
                                      store_form::remove_deleted_silent,
                                      store_form::add_seen_silent,
                                      store_form::remove_seen_silent,
                                      store_form::add_flagged_silent,
                                      store_form::remove_flagged_silent,
                                      store_form::add_answered_silent,
                                      store_form::remove_answered_silent};

// Every alternative with every form, its strings being `text` where they are free.
std::vector<command> every_command(const std::string& text) {
  const message_set set{text};
  const mailbox_name box(text);
  flag_set all_flags(31);
  all_flags.add_keyword("$MDNSent");
  std::vector<command> out = {capability_command{},
                              noop_command{},
                              logout_command{},
                              starttls_command{},
                              authenticate_command{text},
                              login_command{text, secret(text)},
                              select_command{box},
                              create_command{box},
                              delete_command{box},
                              rename_command{box, box},
                              subscribe_command{box},
                              unsubscribe_command{box},
                              list_command{text},
                              lsub_command{text},
                              status_command{box},
                              append_command{box, all_flags, internal_date{1700000000, 60}, text},
                              append_command{box, {}, std::nullopt, text},
                              expunge_command{},
                              idle_command{},
                              copy_command{set, box},
                              uid_copy_command{set, box}};
  for (const auto form : fetch_forms) {
    out.emplace_back(fetch_command{set, form});
    out.emplace_back(uid_fetch_command{set, form});
  }
  for (const auto form : store_forms) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      out.emplace_back(store_command{set, form, flag_set(static_cast<std::uint8_t>(bits))});
      out.emplace_back(uid_store_command{set, form, flag_set(static_cast<std::uint8_t>(bits))});
    }
  }
  return out;
}

// The words of a command, split as a server would: quoted strings, literals and lists are one word each. What stands
// behind the first CRLF that no literal covers becomes a word of its own.
std::vector<std::string> words_of(const std::string& sent) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const char c = sent[i];
    if (c == '"') {
      const auto begin = i++;
      while (i < sent.size() && sent[i] != '"') i += sent[i] == '\\' ? 2 : 1;
      out.back() += sent.substr(begin, i + 1 - begin);
    } else if (c == '{') {
      const auto size = std::stoul(sent.substr(i + 1));
      i = sent.find('\n', i) + size;
      out.back() += "{}";
    } else if (c == ' ' && depth == 0) {
      out.emplace_back();
    } else if (sent.compare(i, 2, "\r\n") == 0) {
      if (i + 2 < sent.size()) out.push_back(sent.substr(i));
      return out;
    } else {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      out.back() += c;
    }
  }
  FAIL("no end of line");
  return out;
}

struct spoken {
  command what;
  std::vector<std::string> words;  // without the tag; "UID FETCH" is one word
};

std::vector<spoken> encodable(const std::string& text) {
  std::vector<spoken> out;
  for (const auto& c : every_command(text)) {
    for (const auto server : {dialect::imap4, dialect::imap4rev1}) {
      const auto encoded = encode(c, "ab12", {server, false});
      if (!encoded) continue;
      std::string sent;
      for (const auto& f : encoded->fragments) sent += f.bytes;
      auto words = words_of(sent);
      REQUIRE(words.size() >= 2);
      CHECK(words[0] == "ab12");
      words.erase(words.begin());
      if (words[0] == "UID") {
        words[0] += " " + words.at(1);
        words.erase(words.begin() + 1);
      }
      out.push_back({c, words});
    }
  }
  return out;
}

const std::set<std::string> all_words = {"CAPABILITY", "NOOP",     "LOGOUT", "STARTTLS",  "AUTHENTICATE", "LOGIN",
                                         "SELECT",     "CREATE",   "DELETE", "RENAME",    "SUBSCRIBE",    "UNSUBSCRIBE",
                                         "LIST",       "LSUB",     "STATUS", "APPEND",    "EXPUNGE",      "IDLE",
                                         "COPY",       "UID COPY", "FETCH",  "UID FETCH", "STORE",        "UID STORE"};

}  // namespace

TEST_CASE(
    "OIMAP-V0040 OIMAP-V0049 OIMAP-V0050 OIMAP-V0051 OIMAP-V0059 OIMAP-V0061 the command words are these and no "
    "other") {
  std::set<std::string> spoken_words;
  std::set<std::size_t> alternatives;
  for (const char* const text : {"1:*", "Sent"}) {
    for (const auto& s : encodable(text)) {
      spoken_words.insert(s.words[0]);
      alternatives.insert(s.what.index());
      CHECK(s.words[0] == traits(s.what).name);
    }
  }
  CHECK(alternatives.size() == std::variant_size_v<command>);
  CHECK(spoken_words == all_words);
  // None of these is among them, and no name is free: a word comes from the type of a command alone.
  for (const char* const never : {"EXAMINE", "CHECK", "CLOSE", "SEARCH", "UID SEARCH", "NAMESPACE", "XLIST", "ID"}) {
    CHECK_FALSE(spoken_words.contains(never));
  }
}

TEST_CASE(
    "OIMAP-C0003 OIMAP-V0008 OIMAP-V0009 OIMAP-V0071 OIMAP-V0072 no FETCH names ENVELOPE, BODYSTRUCTURE or a bare "
    "BODY") {
  const std::set<std::string> known = {"UID",    "FLAGS",       "RFC822.SIZE", "RFC822.HEADER",    "INTERNALDATE",
                                       "RFC822", "RFC822.PEEK", "BODY.PEEK[]", "BODY.PEEK[HEADER]"};
  std::set<std::string> items;
  for (const auto& s : encodable("1:*")) {
    if (!s.words[0].ends_with("FETCH")) continue;
    REQUIRE(s.words.size() == 3);
    auto list = s.words[2];
    REQUIRE(list.starts_with('('));
    REQUIRE(list.ends_with(')'));
    list = list.substr(1, list.size() - 2) + ' ';
    for (std::size_t at = 0; at < list.size();) {
      const auto end = list.find(' ', at);
      items.insert(list.substr(at, end - at));
      at = end + 1;
    }
  }
  CHECK(items == known);
}

TEST_CASE(
    "OIMAP-V0052 OIMAP-V0053 OIMAP-V0054 OIMAP-V0010 a FETCH is no macro, asks for no part, and BODY comes with PEEK "
    "only") {
  std::size_t fetches = 0;
  std::set<std::string> bodies;
  for (const auto& s : encodable("4711")) {
    if (!s.words[0].ends_with("FETCH")) continue;
    ++fetches;
    const auto& list = s.words.at(2);
    for (const char* const macro : {"ALL", "FAST", "FULL"}) CHECK(list != macro);
    CHECK(list.find('<') == std::string::npos);
    for (auto at = list.find("BODY"); at != std::string::npos; at = list.find("BODY", at + 1)) {
      bodies.insert(list.substr(at, list.find(']', at) + 1 - at));
    }
  }
  // FETCH and UID FETCH of nine forms, two of which both dialects may have.
  CHECK(fetches == 2 * (9 + 2));
  CHECK(bodies == std::set<std::string>{"BODY.PEEK[]", "BODY.PEEK[HEADER]"});
}

TEST_CASE("OIMAP-V0056 OIMAP-V0005 whatever flags are given, STORE has one of its thirteen forms") {
  std::set<std::string> forms;
  std::set<std::string> replaced;
  for (const auto& s : encodable("1:*")) {
    if (!s.words[0].ends_with("STORE")) continue;
    REQUIRE(s.words.size() == 4);
    (s.words[2] == "FLAGS" ? replaced : forms).insert(s.words[2] + " " + s.words[3]);
  }
  CHECK(forms.size() == 12);
  CHECK(replaced.size() == 32);
  for (const auto& f : replaced) {
    CHECK(f.find("Recent") == std::string::npos);
    CHECK(f.find('$') == std::string::npos);
  }
}

TEST_CASE("OIMAP-V0051 OIMAP-V0061 OIMAP-2.1.3 a hostile argument makes no other command and no second one") {
  const std::string texts[] = {"1 (ENVELOPE)",
                               "1:* (BODYSTRUCTURE)",
                               "1) (ALL",
                               "1 ALL",
                               "1 BODY[1]<0.10>",
                               "NTLM YWJj",
                               "*\r\nab13 SEARCH ALL",
                               "1\nab13 CHECK",
                               "x\" \"y",
                               "x\\\" (EXAMINE)",
                               "{3}\r\nabc",
                               "{3+}",
                               "",
                               " ",
                               std::string("a\0b", 3),
                               "\xff\xfe",
                               "(UID)",
                               "%",
                               "]"};
  std::map<std::size_t, std::size_t> most_words;
  for (const auto& harmless : encodable("1")) {
    auto& most = most_words[harmless.what.index()];
    most = std::max(most, harmless.words.size());
  }
  for (const auto& text : texts) {
    CAPTURE(text);
    for (const auto& s : encodable(text)) {
      CAPTURE(s.words[0]);
      CHECK(s.words[0] == traits(s.what).name);
      CHECK(s.words.size() <= most_words[s.what.index()]);
      for (std::size_t i = 1; i < s.words.size(); ++i) CHECK(s.words[i].find('\n') == std::string::npos);
    }
  }
}
