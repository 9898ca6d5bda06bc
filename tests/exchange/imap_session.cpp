#include "imap_session.hpp"

#include <algorithm>
#include <array>

#include "ascii.hpp"
#include "mailbox_text.hpp"

namespace outmap::exchange {

namespace {

// Before authentication nobody has a reason to send more in one literal than fits a name or a password.
constexpr std::size_t largest_literal_before_login = 10'240;

/// Commands whose first argument is a mailbox.
constexpr std::array<std::string_view, 9> with_mailbox = {"SELECT", "EXAMINE",   "STATUS",      "APPEND", "CREATE",
                                                          "DELETE", "SUBSCRIBE", "UNSUBSCRIBE", "RENAME"};

/// A command without its arguments' secrets, on one line.
std::string line_for_log(const command_text& text) {
  std::string line = text.line;
  for (std::size_t at = line.find("\r\n"); at != std::string::npos; at = line.find("\r\n")) line.erase(at, 2);
  return line;
}

}  // namespace

imap_session::imap_session(service& shared, channel& connection, std::uint64_t number,
                           std::function<std::string()> take_injected)
    : shared_(shared),
      channel_(connection),
      reader_(connection),
      number_(number),
      take_injected_(std::move(take_injected)),
      connected_(connection.now()),
      store_(shared.store.get()),
      loose_(shared.behaves.loose_responses, shared.behaves.loose_seed) {
  reader_.on_wake([this] { after_wake(); });
}

void imap_session::run() noexcept {
  try {
    try {
      serve();
    } catch (const deadline_passed&) {
      const bool idle = state_ != state::not_authenticated;
      if (idle && behaves().bye_on_idle_timeout) untagged("BYE Session timed out.");
    } catch (const mailbox_rebuilt&) {
      untagged("BYE The mailbox was rebuilt.");
    }
    channel_.end();
  } catch (...) {
    // hung_up, or no memory: either way this connection is over and no other is touched.
  }
}

void imap_session::serve() {
  update_deadline();
  greet();
  while (state_ != state::logout) {
    one_command();
    update_deadline();
  }
}

void imap_session::greet() {
  command_seen nothing_yet;
  nothing_yet.connection = number_;
  quirks_ = shared_.quirks->concerning(nothing_yet);
  if (quirk(field_quirk::bye_at_greeting) != nullptr) say_goodbye();
  quirks_.clear();
  const auto hooks = shared_.current_hooks();
  const auto text = hooks->on_connect ? hooks->on_connect(number_) : std::nullopt;
  if (!text) return untagged("OK " + behaves().greeting);
  if (text->empty()) return;
  send(*text + "\r\n");
  if (text->starts_with("* BYE")) state_ = state::logout;
  if (text->starts_with("* PREAUTH")) {
    state_ = state::authenticated;
    if (!shared_.setup.accounts.empty()) {
      const account& first = shared_.setup.accounts.front();
      user_ = first.user;
      if (first.mailbox != nullptr) store_ = first.mailbox.get();
    }
  }
}

void imap_session::update_deadline() {
  const bool known = state_ != state::not_authenticated;
  reader_.set_deadline(known ? channel_.now() + behaves().idle_timeout : connected_ + behaves().unauth_timeout);
}

void imap_session::after_wake() {
  send(take_injected_());
  if (idling_) tell_news(news::all);
}

command_seen imap_session::look_at(const command_text& text) const {
  command_seen seen;
  seen.connection = number_;
  seen.number = commands_;
  seen.tls = channel_.tls();
  seen.user = user_;
  seen.principal = principal_;
  if (selected_) seen.mailbox = selected_->name();
  seen.line = line_for_log(text);
  try {
    arguments args(text);
    seen.tag = args.tag();
    seen.name = args.command();
    if (seen.name == "UID") {
      args.space();
      seen.name += " " + upper_cased(args.atom());
    } else if (seen.name == "LOGIN") {
      seen.line = seen.tag + " LOGIN <secret>";
      args.space();
      seen.line = seen.tag + " LOGIN " + args.astring() + " <secret>";
    } else if (std::ranges::find(with_mailbox, seen.name) != with_mailbox.end()) {
      args.space();
      seen.target = name_from_wire(args.astring()).value_or("");
    }
  } catch (const bad_arguments&) {
    // What could be read of it is enough for the log; the answer will be BAD.
  }
  return seen;
}

void imap_session::one_command() {
  command_limits limits;
  limits.line = behaves().longest_command;
  limits.asks = behaves().asks_for_literals;
  limits.literal = state_ == state::not_authenticated ? largest_literal_before_login : behaves().largest_literal;
  limits.on_literal = shared_.current_hooks()->on_literal;
  const command_text text = reader_.next_command(limits);
  ++commands_;
  const command_seen seen = look_at(text);
  shared_.log.record(seen);
  if (text.answered) return;
  tag_ = seen.tag;
  line_ = seen.line;
  news_ = news::all;
  after_answer_.clear();
  hooks_ = shared_.current_hooks();
  const action todo = (hooks_->on_command ? hooks_->on_command(seen) : std::nullopt).value_or(action{});
  // A hook may have switched one on for this very command.
  quirks_ = shared_.quirks->concerning(seen);

  if (todo.delay.count() > 0) channel_.pause_until(channel_.now() + todo.delay);
  if (todo.close_after) {
    channel_.flush();
    channel_.close_after(*todo.close_after);
  }
  send(todo.before);
  if (todo.stall) channel_.pause_until(std::nullopt);
  after_answer_ = todo.after;
  if (todo.instead) {
    send(*todo.instead);
    send(std::exchange(after_answer_, {}));
  } else {
    carry_out(text);
  }
  if (todo.close) {
    channel_.flush();
    throw hung_up{};
  }
}

void imap_session::carry_out(const command_text& text) {
  if (!text.refusal.empty()) return bad(text.refusal);
  if (turned_away()) return;
  arguments args(text, behaves().lenient_commands);
  try {
    dispatch(args);
  } catch (const bad_arguments& wrong) {
    bad(wrong.text);
  }
  look_for_slips(args);
  if (quirk(field_quirk::bye_after) != nullptr) say_goodbye();
}

void imap_session::look_for_slips(const arguments& args) {
  for (const std::string& what : args.slips()) shared_.log.record(slip{number_, line_, what});
  constexpr std::size_t remembered_tags = 100'000;
  if (tags_.size() < remembered_tags && !tags_.insert(tag_).second) {
    shared_.log.record(slip{number_, line_, "The tag was used before."});
  }
}

const std::vector<imap_session::command_entry>& imap_session::command_table() {
  static const std::vector<state> any = {state::not_authenticated, state::authenticated, state::selected};
  static const std::vector<state> before = {state::not_authenticated};
  static const std::vector<state> after = {state::authenticated, state::selected};
  static const std::vector<state> open = {state::selected};
  static const std::vector<command_entry> table = {
      {"CAPABILITY", any, &imap_session::do_capability},
      {"NOOP", any, &imap_session::do_noop},
      {"LOGOUT", any, &imap_session::do_logout},
      {"STARTTLS", before, &imap_session::do_starttls},
      {"AUTHENTICATE", before, &imap_session::do_authenticate},
      {"LOGIN", before, &imap_session::do_login},
      {"NAMESPACE", after, &imap_session::do_namespace},
      {"SELECT", after, &imap_session::do_select},
      {"EXAMINE", after, &imap_session::do_examine},
      {"CREATE", after, &imap_session::do_create},
      {"DELETE", after, &imap_session::do_delete},
      {"RENAME", after, &imap_session::do_rename},
      {"SUBSCRIBE", after, &imap_session::do_subscribe},
      {"UNSUBSCRIBE", after, &imap_session::do_unsubscribe},
      {"LIST", after, &imap_session::do_list},
      {"LSUB", after, &imap_session::do_lsub},
      {"STATUS", after, &imap_session::do_status},
      {"APPEND", after, &imap_session::do_append},
      {"IDLE", after, &imap_session::do_idle},
      {"CHECK", open, &imap_session::do_check},
      {"CLOSE", open, &imap_session::do_close},
      {"EXPUNGE", open, &imap_session::do_expunge},
      {"FETCH", open, &imap_session::do_fetch},
      {"STORE", open, &imap_session::do_store},
      {"COPY", open, &imap_session::do_copy},
      {"SEARCH", open, &imap_session::do_search},
      {"UID", open, &imap_session::do_uid},
  };
  return table;
}

void imap_session::dispatch(arguments& args) {
  args.tag();
  const std::string name = args.command();
  const auto entry = std::ranges::find(command_table(), name, &command_entry::name);
  if (entry == command_table().end()) return bad("Command Error.");
  if (std::ranges::find(entry->states, state_) == entry->states.end()) return bad("Command received in invalid state.");
  (this->*entry->run)(args);
}

std::string imap_session::capabilities() const {
  const bool fresh = state_ == state::not_authenticated;
  const bool plaintext = channel_.tls() || behaves().allow_plaintext_insecure;
  std::string list;
  const auto add = [&](const std::string& word) { list += (list.empty() ? "" : " ") + word; };
  for (const std::string& word : behaves().base_capabilities) add(word);
  for (const std::string& mechanism : behaves().mechanisms) {
    if (mechanism != "PLAIN" || plaintext) add("AUTH=" + mechanism);
  }
  if (fresh && behaves().starttls && !channel_.tls()) add("STARTTLS");
  if (fresh && (channel_.tls() ? behaves().login_disabled_tls : behaves().login_disabled_plain)) add("LOGINDISABLED");
  for (const std::string& word : behaves().extensions) add(word);
  return list;
}

void imap_session::do_capability(arguments& args) {
  args.end();
  untagged("CAPABILITY " + capabilities());
  ok("CAPABILITY completed.");
}

void imap_session::do_noop(arguments& args) {
  args.end();
  ok("NOOP completed.");
}

void imap_session::do_check(arguments& args) {
  args.end();
  ok("CHECK completed.");
}

void imap_session::do_logout(arguments& args) {
  args.end();
  state_ = state::logout;
  news_ = news::none;
  untagged("BYE IMAP4 server signing off.");
  ok("LOGOUT completed.");
}

void imap_session::do_starttls(arguments& args) {
  args.end();
  if (channel_.tls() || !behaves().starttls) return bad("Command Error.");
  ok("Begin TLS negotiation now.");
  channel_.flush();
  // RFC 3501 6.2.1: nothing that came in the clear counts behind this point.
  reader_.discard_buffered();
  channel_.start_tls(shared_.tls, connected_ + behaves().unauth_timeout);
  shared_.log.count([](counters& c) { ++c.tls_handshakes; });
}

void imap_session::do_namespace(arguments& args) {
  args.end();
  untagged(R"(NAMESPACE (("" "/")) NIL NIL)");
  ok("NAMESPACE completed.");
}

void imap_session::do_idle(arguments& args) {
  args.end();
  if (std::ranges::find(behaves().extensions, "IDLE") == behaves().extensions.end()) return bad("Command Error.");
  send("+ IDLE accepted, awaiting DONE command.\r\n");
  tell_news(news::all);
  idling_ = true;
  const auto line = reader_.next_line(behaves().longest_command);
  idling_ = false;
  if (!line || !same_word(*line, "DONE")) return bad("Expected DONE.");
  command_seen seen;
  seen.connection = number_;
  seen.number = ++commands_;
  seen.tls = channel_.tls();
  seen.user = user_;
  seen.principal = principal_;
  if (selected_) seen.mailbox = selected_->name();
  seen.name = "DONE";
  seen.line = *line;
  shared_.log.record(std::move(seen));
  ok("IDLE completed.");
}

}  // namespace outmap::exchange
