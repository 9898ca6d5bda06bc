// The transcripts of the tests and the traces of the client side itself: the auditor has nothing against them, whole or
// cut.
#include "audited.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "profile/conversation.hpp"
#include "recorded_events.hpp"

using namespace outmap;
using namespace outmap::profile;
using test::audit_text;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// In the files {a} stands for the tag that the client draws.
std::vector<std::string> with_tags(std::vector<std::string> lines) {
  tag_source tags(test::counting_random());
  std::map<std::string, std::string> drawn;
  for (auto& line : lines) {
    for (auto at = line.find('{'); at != std::string::npos; at = line.find('{', at + 1)) {
      const auto end = line.find('}', at);
      const bool name = end != std::string::npos && end > at + 1 &&
                        std::all_of(line.begin() + static_cast<long>(at) + 1, line.begin() + static_cast<long>(end),
                                    [](char c) { return c >= 'a' && c <= 'z'; });
      if (!name) continue;
      auto& tag = drawn[line.substr(at, end - at)];
      if (tag.empty()) tag = tags.next();
      line.replace(at, end + 1 - at, tag);
    }
  }
  return lines;
}

void check_silent_whole_and_cut(const std::vector<std::string>& lines, const auth_policy& policy) {
  std::string text;
  std::uint64_t commands = 0;
  for (std::size_t i = 0; i <= lines.size(); ++i) {
    const auto got = audit_text(text, policy);
    REQUIRE_MESSAGE(got.ok, got.ok.error().message());
    REQUIRE_MESSAGE(got.counts.clean(), got.report.violations());
    REQUIRE(got.counts.commands >= commands);
    commands = got.counts.commands;
    if (i < lines.size()) text += lines[i] + '\n';
  }
  CHECK(commands > 0);
}

// A transcript may begin anywhere too: what came before is not held against the client.
void check_silent_from_every_line(const std::vector<std::string>& lines, const auth_policy& policy) {
  std::string text;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    text.insert(0, *line + '\n');
    const auto got = audit_text(text, policy);
    REQUIRE_MESSAGE(got.ok, got.ok.error().message());
    REQUIRE_MESSAGE(got.counts.clean(), got.report.violations());
  }
}

// Says OK to every command and "+" to every literal; keeps the trace.
class agreeing_server {
 public:
  explicit agreeing_server(std::string listed)
      : talk_(limits{}, test::counting_random(), &trace_), listed_(std::move(listed)) {
    give("* OK ready\r\n");
  }

  void run(const std::vector<command>& together) {
    for (const auto& c : together) {
      const auto id = talk_.submit(c);
      REQUIRE_MESSAGE(id, id.error().message());
    }
    while (talk_.has_output()) answer(talk_.take_output());
    CHECK(talk_.running() == 0);
    if (std::holds_alternative<capability_command>(together.front())) talk_.set_capabilities(capabilities({listed_}));
  }
  [[nodiscard]] const std::string& trace() const { return trace_.text; }

 private:
  void give(const std::string& octets) { REQUIRE(talk_.receive(octets, seen_)); }

  // Octets that the client writes at once: commands, or the rest of one behind "+".
  void answer(const std::string& out) {
    if (!tag_.empty()) return give(out.ends_with("}\r\n") ? "+ go\r\n" : std::exchange(tag_, {}) + " OK\r\n");
    std::string answers;
    for (const auto& line : lines_of(out)) {
      if (line.ends_with("}\r")) {
        tag_ = line.substr(0, 4);
        answers += "+ go\r\n";
      } else if (line.substr(4) == " IDLE\r") {
        tag_ = line.substr(0, 4);
        talk_.done();
        answers += "+ idling\r\n";
      } else {
        if (line.substr(4) == " CAPABILITY\r") answers += "* CAPABILITY " + listed_ + " IDLE\r\n";
        answers += line.substr(0, 4) + " OK\r\n";
      }
    }
    give(answers);
  }

  test::audited_trace trace_;
  conversation talk_;
  test::recorded_events seen_;
  std::string listed_;
  std::string tag_;  // of the command that goes on behind "+"
};

const std::string long_name(300, 'n');

void open_mailbox(agreeing_server& with, const std::string& user) {
  with.run({capability_command{}});
  with.run({login_command{user, secret("pw")}});
  with.run({capability_command{}});
  with.run({list_command{"*"}, lsub_command{"*"}, status_command{mailbox_name("a")}});
  with.run({select_command{mailbox_name("a b")}});
}

void fetch_all_forms(agreeing_server& with, dialect server) {
  for (int i = 0; i <= static_cast<int>(fetch_form::body_header); ++i) {
    const auto form = static_cast<fetch_form>(i);
    if (!allowed(form, server)) continue;
    with.run({uid_fetch_command{message_set::all(), form}, uid_fetch_command{{"1:3,9"}, form},
              uid_fetch_command{{"7"}, form}});
    with.run({fetch_command{{"1:2"}, form}});
  }
}

}  // namespace

TEST_CASE(
    "OIMAP-C0003 OIMAP-V0055 OIMAP-V0061 the auditor is silent on every transcript, whole and cut at every line") {
  // They log in by LOGIN whatever the server lists.
  auth_policy policy;
  policy.allowed = {mechanism::login};
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(OUTMAP_TRANSCRIPTS)) {
    if (entry.path().extension() != ".txt") continue;
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    check_silent_whole_and_cut(with_tags(lines_of(text.str())), policy);
    ++files;
  }
  CHECK(files >= 4);
}

TEST_CASE(
    "OIMAP-V0061 OIMAP-C0001 OIMAP-2.1.3 OIMAP-2.1.4 every command that can be encoded is allowed by the auditor, "
    "whole and cut at every line") {
  agreeing_server with("IMAP4REV1");
  open_mailbox(with, long_name);
  fetch_all_forms(with, dialect::imap4rev1);
  for (int i = 0; i <= static_cast<int>(store_form::remove_answered_silent); ++i) {
    const auto form = static_cast<store_form>(i);
    with.run({uid_store_command{{"1:3"}, form, flag_set(flag_set::all_bits)}});
    with.run({store_command{{"1"}, form, flag_set(0)}});
  }
  with.run({uid_copy_command{{"1,3"}, mailbox_name("a")}});
  with.run({copy_command{{"1"}, mailbox_name(long_name)}});
  with.run({expunge_command{}});
  with.run({noop_command{}});
  with.run({append_command{mailbox_name("a"), flag_set(flag_set::all_bits), internal_date{1700000000, 60},
                           "Subject: x\r\n\r\nbody\r\n"}});
  with.run({append_command{mailbox_name(long_name), {}, {}, ""}});
  with.run({create_command{mailbox_name("a&-b")}});
  with.run({create_command{mailbox_name(long_name)}});
  with.run({rename_command{mailbox_name(long_name), mailbox_name(long_name + "m")}});
  with.run({rename_command{mailbox_name("a\\b"), mailbox_name("q\"r")}});
  with.run({delete_command{mailbox_name("a%b*c")}});
  with.run({subscribe_command{mailbox_name("a")}, unsubscribe_command{mailbox_name("a")}});
  with.run({idle_command{}});
  with.run({logout_command{}});
  auth_policy policy;
  policy.plaintext = plaintext_policy::allowed;
  check_silent_whole_and_cut(lines_of(with.trace()), policy);
  check_silent_from_every_line(lines_of(with.trace()), policy);

  agreeing_server legacy("IMAP4");
  open_mailbox(legacy, "anna");
  fetch_all_forms(legacy, dialect::imap4);
  check_silent_whole_and_cut(lines_of(legacy.trace()), policy);
}
