#include "wire/parser.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "wire/flags_line.hpp"
#include "wire/rules.hpp"
#include "wire/scanner.hpp"

namespace outmap::wire {
namespace {

using grammar::is_word;

constexpr std::size_t longest_ignored_name = 64;

std::optional<condition> condition_named(std::string_view word) {
  if (is_word(word, "OK")) return condition::ok;
  if (is_word(word, "NO")) return condition::no;
  if (is_word(word, "BAD")) return condition::bad;
  return std::nullopt;
}

std::optional<condition> untagged_condition_named(std::string_view word) {
  if (is_word(word, "PREAUTH")) return condition::preauth;
  if (is_word(word, "BYE")) return condition::bye;
  return condition_named(word);
}

// What `rule` made of the input as a response, or why it made nothing.
template <class Data>
result<response> finished(bool matched, scanner& in, Data& data) {
  if (!matched) return in.failure();
  return response(std::in_place_type<Data>, std::move(data));
}

tl::unexpected<error> refused(scanner& in, const char* rule) {
  in.expected(rule);
  return in.failure();
}

result<response> capability_list(scanner& in) {
  capability_data data;
  in.blanks();
  if (in.at_end()) return finished(in.tolerates(quirk::empty_list_item) || in.expected("capability"), in, data);
  // The blanks above may have been the space that the rule wants.
  bool spaced = in.tolerates(quirk::loose_spacing) || in.sp("capability");
  while (spaced && !in.at_end()) {
    const auto name = in.word();
    if (name.empty()) return refused(in, "capability");
    if (data.names.size() >= in.bounds().items) {
      in.limit_broken("capability", "items");
      return in.failure();
    }
    data.names.push_back(grammar::upper_cased(name));
    if (in.at_end()) break;
    spaced = in.sp("capability");
    if (in.at_end() && !in.tolerates(quirk::loose_spacing)) return refused(in, "capability");
  }
  return finished(spaced, in, data);
}

result<response> ignored(std::string_view name) {
  return response(ignored_data{grammar::upper_cased(name.substr(0, longest_ignored_name))});
}

// A literal that went out as body events and answers no item would shift the bodies of those behind it.
bool matches_events(const std::vector<literal>& literals, const fetch_data& data) {
  if (literals.empty() && data.bodies.empty()) return true;
  const auto events =
      std::count_if(literals.begin(), literals.end(), [](const literal& l) { return l.streamed && !l.discarded; });
  return events == std::count_if(data.bodies.begin(), data.bodies.end(), [](const body_item& b) { return b.streamed; });
}

// Made where it is handed out: a mailbox has as many of these as messages.
result<response> message_fetch(scanner& in, std::uint32_t number, const std::vector<literal>& frame_literals) {
  result<response> out(tl::in_place, std::in_place_type<fetch_data>);
  auto& data = *std::get_if<fetch_data>(&*out);
  data.number = sequence_number{number};
  bool matched = (number != 0 || in.expected("nz-number before FETCH")) && in.sp("msg-att") && rules::msg_att(in, data);
  if (matched && !matches_events(frame_literals, data)) matched = in.expected("an item for each body event");
  if (!matched) out = in.failure();
  return out;
}

result<response> listed_message(const flags_line& line) {
  result<response> out(tl::in_place, std::in_place_type<fetch_data>);
  auto& data = *std::get_if<fetch_data>(&*out);
  data.number = sequence_number{line.number};
  data.uid = outmap::uid{line.uid};
  data.flags.emplace(line.flags);
  return out;
}

// message-data, and the mailbox-data that begins with a number.
result<response> numbered_data(scanner& in, const std::vector<literal>& frame_literals) {
  const auto number = in.number("number");
  if (!number || !in.sp("message-data")) return in.failure();
  const auto name = in.word();
  if (is_word(name, "FETCH")) return message_fetch(in, *number, frame_literals);
  if (is_word(name, "EXISTS")) {
    exists_data data{*number};
    return finished(in.end("EXISTS"), in, data);
  }
  if (is_word(name, "EXPUNGE")) {
    expunge_data data{sequence_number{*number}};
    return finished((*number != 0 || in.expected("nz-number before EXPUNGE")) && in.end("EXPUNGE"), in, data);
  }
  if (!name.empty() && grammar::is_letter(name.front())) return ignored(name);
  return refused(in, "message-data");
}

// response-data and greeting, behind the "*" and its space.
result<response> response_data(scanner& in, const std::vector<literal>& frame_literals) {
  if (grammar::is_digit(in.peek())) return numbered_data(in, frame_literals);
  const auto name = in.word();
  if (const auto condition = untagged_condition_named(name)) {
    status_response data;
    data.condition = *condition;
    return finished(rules::resp_text(in, data), in, data);
  }
  if (is_word(name, "CAPABILITY")) return capability_list(in);
  if (is_word(name, "LIST") || is_word(name, "LSUB")) {
    list_data data;
    data.lsub = is_word(name, "LSUB");
    return finished(in.sp("mailbox-list") && rules::mailbox_list(in, data), in, data);
  }
  if (is_word(name, "STATUS")) {
    status_data data;
    return finished(in.sp("mailbox") && rules::status(in, data), in, data);
  }
  if (!name.empty() && grammar::is_letter(name.front())) return ignored(name);
  return refused(in, "response-data");
}

// Behind the "+".
result<response> continue_req(scanner& in) {
  continuation_request data;
  const bool bare = in.tolerates(quirk::bare_continuation) && !grammar::is_blank(in.peek());
  if (!bare && !in.sp("SP of continue-req")) return in.failure();
  auto text = in.rest();
  if (in.tolerates(quirk::loose_spacing)) {
    while (!text.empty() && grammar::is_blank(text.back())) text.remove_suffix(1);
  }
  data.text = text;
  return finished(true, in, data);
}

result<response> response_tagged(scanner& in) {
  const auto tag = in.word();
  const bool is_tag = !tag.empty() && std::none_of(tag.begin(), tag.end(), grammar::is_ctl);
  if (!is_tag) return refused(in, "response");
  if (!in.sp("response")) return in.failure();
  const auto condition = condition_named(in.word());
  if (!condition) return refused(in, "resp-cond-state");
  status_response data;
  data.tag = tag;
  data.condition = *condition;
  return finished(rules::resp_text(in, data), in, data);
}

}  // namespace

result<response> parse(const frame& input, const limits& bounds, quirks tolerated) {
  if (const auto line = usual_flags_line(input.text)) return listed_message(*line);
  scanner in(input, bounds, tolerated);
  if (in.peek() == '+') {
    in.advance(1);
    return continue_req(in);
  }
  if (in.peek() != '*') return response_tagged(in);
  in.advance(1);
  if (!in.sp("SP behind *")) return in.failure();
  return response_data(in, input.literals);
}

}  // namespace outmap::wire
