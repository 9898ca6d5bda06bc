#include "profile/conversation.hpp"

#include <algorithm>

namespace outmap::profile {
namespace {

// A connection on which nothing but rubbish comes is no IMAP connection.
constexpr std::uint64_t most_dropped = 1000;

state after_ok(const command& c, state now) {
  if (std::holds_alternative<authenticate_command>(c) || std::holds_alternative<login_command>(c))
    return state::authenticated;
  if (std::holds_alternative<select_command>(c)) return state::selected;
  if (std::holds_alternative<logout_command>(c)) return state::logged_out;
  return now;
}

// A SELECT that fails leaves no mailbox selected (RFC 3501 6.3.1).
state after_failure(const command& c, state now) {
  return std::holds_alternative<select_command>(c) && now == state::selected ? state::authenticated : now;
}

bool is_fetch(owned_data kind) {
  return kind == owned_data::fetch || kind == owned_data::fetch_header || kind == owned_data::fetch_body;
}

owned_data kind_of(wire::body_section section) {
  return section == wire::body_section::header ? owned_data::fetch_header : owned_data::fetch_body;
}

owned_data kind_of(const wire::response& data) {
  if (std::holds_alternative<wire::capability_data>(data)) return owned_data::capability;
  if (const auto* list = std::get_if<wire::list_data>(&data)) return list->lsub ? owned_data::lsub : owned_data::list;
  if (std::holds_alternative<wire::status_data>(data)) return owned_data::status;
  if (const auto* fetch = std::get_if<wire::fetch_data>(&data))
    return fetch->bodies.empty() ? owned_data::fetch : kind_of(fetch->bodies.front().section);
  return owned_data::none;
}

}  // namespace

conversation::conversation(const limits& bounds, random_source random, trace_sink* trace)
    : bounds_(bounds), tags_(std::move(random)), transcript_(trace), framer_(bounds) {}

bool conversation::tag_in_use(std::string_view tag) const {
  const auto same = [&](const entry& e) { return e.tag == tag; };
  return std::any_of(running_.begin(), running_.end(), same) || std::any_of(waiting_.begin(), waiting_.end(), same);
}

result<command_id> conversation::submit(const command& what) {
  entry e;
  e.what = traits(what);
  // The state that counts is the one in which the command will be sent: behind everything queued before it.
  const auto now = !waiting_.empty() ? waiting_.back().on_ok : !running_.empty() ? running_.back().on_ok : state_;
  if ((e.what.states & static_cast<unsigned>(now)) == 0) {
    return fail(errc::invalid_argument, std::string(e.what.name) + " is not allowed in this state of the connection");
  }
  do {
    e.tag = tags_.next();
  } while (tag_in_use(e.tag));
  auto encoded = encode(what, e.tag, {known_.dialect(), read_only_});
  if (!encoded) return tl::unexpected(encoded.error());
  for (auto& f : encoded->fragments) {
    octets_submitted_ += f.bytes.size();
    e.unsent.push_back(std::move(f));
  }
  e.id = command_id{++last_id_};
  e.on_ok = after_ok(what, now);
  e.on_failure = after_failure(what, now);
  waiting_.push_back(std::move(e));
  pump();
  return command_id{last_id_};
}

bool conversation::may_follow(const entry& next) const {
  if (running_.empty()) return true;
  const auto& last = running_.back();
  if (last.what.exclusive || !last.unsent.empty() || next.what.exclusive) return false;
  const auto selects = [](const entry& e) { return e.what.name == "SELECT"; };
  const auto speculative = [](const entry& e) { return e.what.speculative; };
  if (selects(next)) return std::all_of(running_.begin(), running_.end(), speculative);
  return speculative(next) || std::none_of(running_.begin(), running_.end(), selects);
}

void conversation::pump() {
  while (!waiting_.empty() && may_follow(waiting_.front())) {
    running_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    auto& e = running_.back();
    auto first = std::move(e.unsent.front());
    e.unsent.pop_front();
    send(std::move(first));
  }
}

void conversation::send(wire::fragment fragment) {
  transcript_.client(fragment);
  output_ += fragment.bytes;
  wipe(fragment.bytes);
}

void conversation::answer(std::string_view line) {
  const bool cancel = line == "*";
  send({std::string(line) + "\r\n", cancel ? "*\r\n" : "<secret>\r\n"});
}

void conversation::done() { send({"DONE\r\n", "DONE\r\n"}); }

std::string conversation::take_output() {
  std::string out;
  out.swap(output_);
  return out;
}

void conversation::tls_started() {
  known_ = capabilities();
  upgrading_ = false;
  awaits_tls_ = false;
  framer_ = wire::framer(bounds_);
}

command_id conversation::owner_of(const wire::response& data) const {
  const auto kind = kind_of(data);
  return kind == owned_data::none ? command_id::none : owner_of(kind);
}

command_id conversation::owner_of(owned_data kind) const {
  auto second_best = command_id::none;
  for (const auto& e : running_) {
    if (e.what.owns == kind) return e.id;
    if (!is_fetch(kind)) continue;
    if (e.what.name == "SELECT") break;
    if (is_fetch(e.what.owns) && second_best == command_id::none) second_best = e.id;
  }
  return second_best;
}

result<void> conversation::receive(std::span<const char> octets, conversation_events& to) {
  using event = wire::framer::event;
  while (true) {
    if (upgrading_ && !octets.empty()) {
      return fail(errc::plaintext_after_starttls,
                  std::to_string(octets.size()) + " octets came between the OK and the handshake");
    }
    switch (framer_.next(octets)) {
      case event::need_input: return {};
      case event::body_begin:
        to.on_body_begin(owner_of(kind_of(framer_.section())), framer_.section(), framer_.body_size());
        break;
      case event::body_data:
        transcript_.body(framer_.data());
        to.on_body_data(framer_.data());
        break;
      case event::body_end: to.on_body_end(); break;
      case event::frame:
        if (auto ok = handle_frame(to); !ok) return ok;
        break;
      case event::failed: return tl::unexpected(framer_.failure());
    }
  }
}

result<void> conversation::drop(const error& why, conversation_events& to) {
  if (++dropped_ > most_dropped)
    return fail(errc::malformed_response, "too many lines that are not understood: " + why.detail);
  to.on_dropped(why);
  return {};
}

result<void> conversation::handle_frame(conversation_events& to) {
  const auto& frame = framer_.current();
  transcript_.server(frame);
  auto parsed = wire::parse(frame, bounds_);
  if (!greeted_) {
    const auto* greeting = parsed ? std::get_if<wire::status_response>(&*parsed) : nullptr;
    using wire::condition;
    if (greeting == nullptr || !greeting->tag.empty() ||
        (greeting->condition != condition::ok && greeting->condition != condition::preauth &&
         greeting->condition != condition::bye)) {
      return fail(errc::not_imap, "the first line is no IMAP greeting", frame.text.substr(0, 200));
    }
    greeted_ = true;
    if (greeting->condition == condition::preauth) state_ = state::authenticated;
    to.on_greeting(*greeting);
    return {};
  }
  if (!parsed) return drop(parsed.error(), to);
  if (auto* status = std::get_if<wire::status_response>(&*parsed)) {
    if (!status->tag.empty()) return handle_tagged(*status, to);
    if (status->condition == wire::condition::bye) state_ = state::logged_out;
  }
  if (const auto* more = std::get_if<wire::continuation_request>(&*parsed)) return handle_continuation(more->text, to);
  to.on_data(owner_of(*parsed), *parsed);
  return {};
}

result<void> conversation::handle_tagged(wire::status_response& status, conversation_events& to) {
  const auto at = std::find_if(running_.begin(), running_.end(), [&](const entry& e) { return e.tag == status.tag; });
  if (at == running_.end()) {
    // Words between responses look like a completion; a tag that could be ours means that we and the server are out of
    // step. Before STARTTLS it is whoever stands between them.
    const error stray(errc::unexpected_response, "the tag of a completion belongs to no running command",
                      status.tag.substr(0, 64));
    if (!awaits_tls_ && !tag_source::could_be_ours(status.tag)) return drop(stray, to);
    return tl::unexpected(stray);
  }
  if (status.condition == wire::condition::ok && !at->unsent.empty()) {
    return fail(errc::unexpected_response, std::string(at->what.name) + " was completed before it was sent to its end",
                status.text);
  }
  const auto id = at->id;
  const bool leaving = state_ == state::logged_out;
  const auto next = status.condition == wire::condition::ok ? at->on_ok : at->on_failure;
  // A command behind this one may have been judged by the state that only success gives; it is refused by the server
  // then.
  if ((at->what.exclusive || at->what.name == "SELECT") && !leaving) state_ = next;
  upgrading_ = at->what.name == "STARTTLS" && status.condition == wire::condition::ok;
  running_.erase(at);
  pump();
  to.on_complete(id, status);
  return {};
}

result<void> conversation::handle_continuation(std::string_view text, conversation_events& to) {
  // Some servers send one that nobody asked for.
  if (running_.empty())
    return drop(error(errc::unexpected_response, "a continuation request came while no command was running"), to);
  auto& last = running_.back();
  if (!last.unsent.empty()) {
    auto next = std::move(last.unsent.front());
    last.unsent.pop_front();
    send(std::move(next));
    pump();
    return {};
  }
  if (last.what.name == "AUTHENTICATE" || last.what.name == "IDLE") {
    to.on_continuation(last.id, text);
    return {};
  }
  return drop(error(errc::unexpected_response,
                    "a continuation request came to " + std::string(last.what.name) + ", which awaits none"),
              to);
}

}  // namespace outmap::profile
