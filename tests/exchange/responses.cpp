#include <algorithm>

#include "ascii.hpp"
#include "imap_session.hpp"
#include "mailbox_text.hpp"

namespace outmap::exchange {

namespace {

/// A tagged response without its words for people; a code stays.
std::string without_text(std::string_view condition, std::string_view text) {
  std::string line(condition);
  if (text.starts_with('[')) line += " " + std::string(text.substr(0, text.find(']') + 1));
  return line;
}

std::string usual(const quirk_use& use, std::string text) { return use.text.empty() ? std::move(text) : use.text; }

}  // namespace

const quirk_use* imap_session::quirk(field_quirk which) {
  for (field_quirks::active& one : quirks_) {
    if (one.use.which != which) continue;
    if (!std::exchange(one.shown, true)) shared_.quirks->shown(one.id);
    return &one.use;
  }
  return nullptr;
}

const quirk_use* imap_session::quirk(field_quirk which, std::uint32_t uid) {
  const auto meant = std::ranges::find_if(quirks_, [&](const field_quirks::active& one) {
    const auto& uids = one.use.uids;
    return one.use.which == which && (uids.empty() || std::ranges::find(uids, uid) != uids.end());
  });
  if (meant == quirks_.end()) return nullptr;
  if (!std::exchange(meant->shown, true)) shared_.quirks->shown(meant->id);
  return &meant->use;
}

void imap_session::say_goodbye() {
  const quirk_use* how = nullptr;
  for (const auto which :
       {field_quirk::bye_at_greeting, field_quirk::bye_before, field_quirk::bye_between, field_quirk::bye_after}) {
    if (how == nullptr) how = quirk(which);
  }
  send("* BYE " + (how != nullptr ? usual(*how, "Server shutting down.") : "Server shutting down.") + "\r\n");
  channel_.end();
  throw hung_up{};
}

bool imap_session::turned_away() {
  if (quirk(field_quirk::bye_before) != nullptr) say_goodbye();
  if (quirk(field_quirk::stray_continuation) != nullptr) send("+ \r\n");
  if (state_ == state::not_authenticated) return false;
  const std::string_view line = std::string_view(line_).substr(std::min(line_.size(), tag_.size() + 1));
  for (const std::string_view spared : {"LOGOUT", "CAPABILITY", "NOOP"}) {
    if (same_word(line, spared)) return false;
  }
  if (const quirk_use* use = quirk(field_quirk::not_connected)) {
    bad(usual(*use, "User is authenticated but not connected."));
    return true;
  }
  if (const quirk_use* use = quirk(field_quirk::throttled)) {
    bad(usual(*use, "Request is throttled. Suggested Backoff Time: " + std::to_string(use->back_off.count()) +
                        " milliseconds"));
    return true;
  }
  return false;
}

void imap_session::begin_response() {
  if (quirks_.empty()) return;
  if (const quirk_use* use = quirk(field_quirk::stray_text)) send(usual(*use, "Microsoft.Exchange.Imap4") + "\r\n");
  if (quirk(field_quirk::blank_lines) != nullptr) send("\r\n");
}

void imap_session::end_response() {
  if (!quirks_.empty() && quirk(field_quirk::trailing_spaces) != nullptr) send("  ");
  send("\r\n");
}

void imap_session::untagged(std::string_view text) {
  begin_response();
  send("* ");
  send(loose_.keyword_case(text));
  end_response();
  if (!quirks_.empty() && quirk(field_quirk::bye_between) != nullptr) say_goodbye();
}

void imap_session::untagged_code(std::string_view code, std::string_view value, std::string_view text) {
  if (!behaves().sends_code(code)) return;
  untagged("OK [" + std::string(code) + " " + std::string(value) + "] " + std::string(text));
}

std::string imap_session::with_code(std::string_view code, std::string_view text) const {
  const std::string_view word = code.substr(0, code.find(' '));
  return behaves().sends_code(word) ? "[" + std::string(code) + "] " + std::string(text) : std::string(text);
}

void imap_session::finish(std::string_view condition, std::string_view text) {
  tell_news(news_);
  begin_response();
  send(tag_.empty() ? "*" : tag_);
  send(" ");
  const bool good = condition == "OK";
  if (good && (quirk(field_quirk::missing_text) != nullptr || loose_.drops_text(text))) {
    send(without_text(condition, text));
  } else {
    send(condition);
    send(" ");
    send(text);
  }
  end_response();
  if (good) {
    if (const quirk_use* use = quirk(field_quirk::line_after_ok)) send(usual(*use, "Success.") + "\r\n");
  }
  send(std::exchange(after_answer_, {}));
}

void imap_session::tell_news(news how_much) {
  using vanished = selected_mailbox::vanished;
  if (how_much == news::none || !selected_) return;
  if (std::exchange(owes_exists_, false)) untagged(std::to_string(selected_->uids().size()) + " EXISTS");
  vanished how = how_much == news::all ? vanished::expunge : vanished::wait;
  if (how == vanished::expunge && !quirks_.empty() && quirk(field_quirk::shrinking_exists) != nullptr) {
    how = vanished::shrink;
  }
  for (const std::string& line : selected_->news(how)) untagged(line);
}

std::string imap_session::name_text(std::string_view utf8) { return name_on_wire(utf8, behaves()); }

void imap_session::list_response(std::string_view word, std::string_view attributes, std::string_view utf8) {
  const bool tab = utf8.find('\t') != std::string_view::npos;
  const std::string name = tab && quirk(field_quirk::tabs_in_names) != nullptr ? std::string(utf8) : name_text(utf8);
  untagged(std::string(word) + " " + std::string(attributes) + " " + loose_.delimiter() + " " + loose_.name(name));
}

}  // namespace outmap::exchange
