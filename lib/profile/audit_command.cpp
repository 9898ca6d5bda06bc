#include "profile/audit_command.hpp"

#include <algorithm>
#include <array>

#include "profile/audit_fetch.hpp"
#include "profile/audit_mailbox.hpp"
#include "profile/audit_scanner.hpp"
#include "profile/audit_store.hpp"
#include "wire/date_time.hpp"
#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;
using word = audit_word;
namespace grammar = wire::grammar;

constexpr std::size_t exchange_command = 10240;

class command_judge {
 public:
  command_judge(const client_unit& unit, const capabilities* listed, audit_findings& to)
      : unit_(unit), listed_(listed), to_(to), scan_(unit, to) {}

  read_command run();

 private:
  void judge_line();
  void judge_literals();
  void judge_word(std::string_view text);
  void judge_arguments(word which);
  void mailbox(name_use use);
  void list();
  void status();
  void append();
  void authenticate();
  void login();
  void uid();
  void fetch();
  void store();
  void copy();
  void compress();
  void no_more(std::string_view extension);

  const client_unit& unit_;
  const capabilities* listed_;
  audit_findings& to_;
  audit_scanner scan_;
  read_command out_;
};

void command_judge::judge_line() {
  if (unit_.bare_lf) to_.add({rule::strict_sender}, "a line ends in LF without CR");
  if (unit_.line_octets > exchange_command) {
    to_.add({rule::command_size},
            "the command has " + std::to_string(unit_.line_octets) + " octets; Exchange takes 10240");
  }
  if (std::any_of(unit_.text.begin(), unit_.text.end(), grammar::is_8bit)) {
    to_.add({rule::seven_bit}, "the line holds octets over 127");
  }
  const auto control = [](char c) { return grammar::is_ctl(c) && c != '\t'; };
  if (std::any_of(unit_.text.begin(), unit_.text.end(), control)) {
    to_.add({rule::strict_sender}, "the line holds a control character");
  }
}

void command_judge::judge_literals() {
  for (const auto& literal : unit_.literals) {
    if (literal.eight_bit) to_.add({rule::seven_bit}, "a literal holds octets over 127");
    if (literal.nul) to_.add({rule::no_nul}, "a literal holds NUL");
    if (literal.unawaited)
      to_.add({rule::strict_sender}, "a literal is sent before the server asked for it with \"+\"");
    if (!literal.non_synchronising) continue;
    if (listed_ != nullptr && !listed_->has("LITERAL+")) {
      to_.add({rule::strict_sender}, "a non-synchronising literal, and the server does not list LITERAL+");
    } else {
      out_.extension = "LITERAL+";
    }
  }
}

// Something follows a complete command: the syntax of an extension, or none at all.
void command_judge::no_more(std::string_view extension) {
  if (scan_.blank_to_end()) return scan_.end();
  if (scan_.space()) {
    if (scan_.peek() == '(' || scan_.peek() == 'R' || scan_.peek() == 'r') {
      to_.add({rule::closed_set, rule::strict_sender}, "more arguments than RFC 3501 has: " + std::string(extension));
      scan_.rest();
      return;
    }
    scan_.fail("the end of the line");
  }
  scan_.end();
}

void command_judge::mailbox(name_use use) {
  if (!scan_.space()) return;
  const auto name = scan_.astring();
  if (!name) return;
  judge_mailbox(*name, use, to_);
  if (out_.mailbox.empty()) out_.mailbox = name->text;
}

void command_judge::list() {
  if (!scan_.space()) return;
  if (scan_.peek() == '(') {
    to_.add({rule::closed_set, rule::strict_sender}, "the extended LIST with selection options");
    scan_.rest();
    return;
  }
  if (const auto reference = scan_.astring()) judge_reference(*reference, to_);
  if (!scan_.space()) return;
  if (scan_.peek() == '(') {
    to_.add({rule::closed_set, rule::strict_sender}, "the extended LIST with several patterns");
    scan_.rest();
    return;
  }
  if (const auto pattern = scan_.pattern()) judge_pattern(*pattern, to_);
  no_more("the extended LIST with RETURN options");
}

void command_judge::status() {
  mailbox(name_use::existing);
  if (!scan_.space()) return;
  const auto asked = scan_.parenthesised();
  if (!asked) return;
  if (*asked != "(UNSEEN)")
    to_.add({rule::status_items}, "STATUS asks for " + printable(*asked, 60) + "; it asks for (UNSEEN) alone");
  scan_.end();
}

void command_judge::append() {
  mailbox(name_use::existing);
  if (!scan_.space()) return;
  if (scan_.peek() == '(') {
    if (const auto flags = scan_.parenthesised()) judge_flags(*flags, to_);
    if (!scan_.space()) return;
  }
  if (scan_.peek() == '"') {
    const auto date = scan_.string(false, false);
    if (date && !wire::parse_date_time(date->text, wire::quirks::none()))
      to_.add({rule::strict_sender}, "the date of APPEND is no date-time");
    if (!scan_.space()) return;
  }
  if (scan_.peek() != '{') {
    const auto what = scan_.word();
    if (grammar::is_word(what, "CATENATE") || what.starts_with('~') || grammar::is_word(what, "UTF8")) {
      to_.add({rule::closed_set, rule::append}, "APPEND in the form of an extension");
      scan_.rest();
    } else {
      scan_.fail("the literal with the message");
    }
    return;
  }
  scan_.string(false, false);
  if (scan_.blank_to_end()) return scan_.end();
  if (scan_.space()) {
    to_.add({rule::closed_set, rule::append}, "more than one message in one APPEND (MULTIAPPEND)");
    scan_.rest();
  }
}

void command_judge::authenticate() {
  if (!scan_.space()) return;
  out_.mechanism = grammar::upper_cased(scan_.word().substr(0, 64));
  if (scan_.at_end()) return;
  if (!scan_.space()) return;
  scan_.rest();
  out_.initial_response = true;
  if (out_.mechanism == "NTLM") {
    to_.add({rule::ntlm_initiation}, "AUTHENTICATE NTLM with an initial response; the blob comes only after \"+\"");
  } else {
    to_.add({rule::strict_sender}, "AUTHENTICATE with an initial response (SASL-IR), which RFC 3501 does not have");
  }
}

void command_judge::login() {
  if (!scan_.space()) return;
  const auto user = scan_.astring();
  if (!user || !scan_.space()) return;
  out_.user = user->text;
  if (scan_.astring()) scan_.end();
}

void command_judge::fetch() {
  if (!scan_.space() || !scan_.sequence_set() || !scan_.space()) return;
  const auto asked = scan_.rest();
  if (unit_.cut) return;
  judge_fetch(asked, listed_ != nullptr ? std::optional(listed_->dialect()) : std::nullopt, to_);
}

void command_judge::store() {
  if (!scan_.space() || !scan_.sequence_set() || !scan_.space()) return;
  const auto asked = scan_.rest();
  if (!unit_.cut) judge_store(asked, to_);
}

void command_judge::copy() {
  if (!scan_.space() || !scan_.sequence_set()) return;
  mailbox(name_use::existing);
  scan_.end();
}

void command_judge::uid() {
  if (!scan_.space()) return;
  const auto text = scan_.word();
  out_.under_uid = word_in(text);
  switch (out_.under_uid) {
    case word::fetch: return fetch();
    case word::store: return store();
    case word::copy: return copy();
    case word::search: return to_.add({rule::no_search, rule::uid_commands}, "UID SEARCH is never used");
    default: to_.add({rule::uid_commands, rule::closed_set}, "only COPY, FETCH and STORE stand behind UID");
  }
}

void command_judge::compress() {
  if (!scan_.space()) return;
  const bool deflate = grammar::is_word(scan_.word(), "DEFLATE");
  scan_.end();
  if (scan_.failed()) return;
  if (!deflate || (listed_ != nullptr && !listed_->has("COMPRESS=DEFLATE"))) {
    to_.add({rule::closed_set}, "COMPRESS, and the server does not list COMPRESS=DEFLATE");
  } else {
    out_.extension = "COMPRESS=DEFLATE";
  }
}

void command_judge::judge_arguments(word which) {
  switch (which) {
    case word::capability:
    case word::noop:
    case word::logout:
    case word::starttls:
    case word::expunge:
    case word::check:
    case word::close:
    case word::idle: return scan_.end();
    case word::authenticate: return authenticate();
    case word::login: return login();
    case word::select:
    case word::examine: mailbox(name_use::existing); return no_more("parameters of SELECT");
    case word::create: mailbox(name_use::made); return no_more("parameters of CREATE");
    case word::delete_:
    case word::subscribe:
    case word::unsubscribe: mailbox(name_use::existing); return scan_.end();
    case word::rename:
      mailbox(name_use::existing);
      mailbox(name_use::made);
      return scan_.end();
    case word::list:
    case word::lsub: return list();
    case word::status: return status();
    case word::append: return append();
    case word::fetch: return fetch();
    case word::store: return store();
    case word::copy: return copy();
    case word::uid: return uid();
    case word::compress: return compress();
    default: return;
  }
}

void command_judge::judge_word(std::string_view text) {
  const auto& known = traits(out_.word);
  if (known.allowed || out_.word == word::compress) return;
  if (out_.word == word::unknown || out_.word == word::extension) {
    const bool experimental = text.size() > 1 && grammar::upper(text.front()) == 'X';
    const auto name = out_.word == word::extension ? grammar::upper_cased(text)
                                                   : "a command word of " + std::to_string(text.size()) + " octets";
    if (grammar::is_word(text, "NAMESPACE"))
      return to_.add({rule::no_namespace, rule::closed_set}, "NAMESPACE is never used");
    to_.add({rule::closed_set}, name + (experimental ? " is experimental" : " is outside the profile"));
  } else {
    to_.add({known.forbidden}, std::string(known.name) + " is never used");
  }
}

read_command command_judge::run() {
  judge_line();
  out_.tag = scan_.word();
  if (out_.tag.empty() && !scan_.at_end())
    to_.add({rule::strict_sender, rule::tag_format}, "the line begins with white space: there is no tag");
  if (scan_.space()) {
    const auto text = scan_.word();
    out_.word = word_in(text);
    judge_word(text);
    judge_arguments(out_.word);
  }
  judge_literals();
  return out_;
}

}  // namespace

std::string_view known_extension_mechanism(std::string_view mechanism) noexcept {
  static constexpr std::array<std::string_view, 4> known = {"AUTH=XOAUTH2", "AUTH=OAUTHBEARER", "AUTH=SCRAM-SHA-256",
                                                            "AUTH=SCRAM-SHA-256-PLUS"};
  const auto at =
      std::find_if(known.begin(), known.end(), [mechanism](std::string_view k) { return k.substr(5) == mechanism; });
  return at != known.end() ? *at : std::string_view();
}

read_command judge_command(const client_unit& unit, const capabilities* listed, audit_findings& to) {
  return command_judge(unit, listed, to).run();
}

std::string shown_tag(const read_command& command) {
  return command.word == word::unknown ? std::string() : printable(command.tag, 32);
}

std::string shown(const client_unit& unit, const read_command& command) {
  constexpr std::size_t most = 200;
  const auto name = traits(command.word).name;
  const auto behind_tag = std::min(unit.text.size(), command.tag.size() + 1);
  const auto text = std::string_view(unit.text).substr(behind_tag);
  switch (command.word) {
    case word::unknown: return "(" + std::to_string(unit.line_octets) + " octets that are no known command)";
    case word::extension: return grammar::upper_cased(text.substr(0, text.find_first_of(" \t")));
    case word::login: return "LOGIN <hidden> <hidden>";
    case word::authenticate: {
      static constexpr std::array<std::string_view, 9> names = {
          "NTLM", "DIGEST-MD5", "PLAIN", "LOGIN", "CRAM-MD5", "GSSAPI", "ANONYMOUS", "EXTERNAL", "SCRAM-SHA-1"};
      const bool known = std::find(names.begin(), names.end(), command.mechanism) != names.end() ||
                         !known_extension_mechanism(command.mechanism).empty();
      return std::string(name) + ' ' + (known ? command.mechanism : "<hidden>") +
             (command.initial_response ? " <hidden>" : "");
    }
    default: return printable(text, most);
  }
}

}  // namespace outmap::profile
