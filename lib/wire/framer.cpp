#include "wire/framer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

// A frame that grew beyond this gives its memory back before the next one.
constexpr std::size_t most_kept_capacity = std::size_t{256} << 10;

struct announcement {
  std::size_t brace;
  std::string_view digits;
};

// "{n}" or "{n+}" at the end of text[line…].
std::optional<announcement> announcement_at_end(std::string_view text, std::size_t line) {
  if (text.size() < line + 3 || text.back() != '}') return std::nullopt;
  auto end = text.size() - 1;
  if (text[end - 1] == '+') --end;
  auto begin = end;
  while (begin > line && grammar::is_digit(text[begin - 1])) --begin;
  if (begin == end || begin == line || text[begin - 1] != '{') return std::nullopt;
  return announcement{begin - 1, text.substr(begin, end - begin)};
}

std::string too_large(std::string_view digits, const char* limit, std::uint64_t value) {
  constexpr std::size_t most_shown = 32;
  auto text = "a literal of " + std::string(digits.substr(0, most_shown));
  if (digits.size() > most_shown) text += "…";
  return text + " octets was announced; the limit " + limit + " is " + std::to_string(value);
}

}  // namespace

framer::framer(const limits& bounds, quirks tolerated) : bounds_(bounds), tolerated_(tolerated), context_(tolerated) {}

bool framer::at_boundary() const {
  if (state_ == state::line) return frame_.text.empty() && frame_.literals.empty();
  return state_ == state::frame_done;
}

framer::event framer::next(std::span<const char>& input) {
  while (true) {
    std::optional<event> e;
    switch (state_) {
      case state::frame_done:
        begin_frame();
        continue;
      case state::line:
        e = take_line(input);
        break;
      case state::kept_literal:
        e = take_kept(input);
        break;
      case state::streamed_literal:
        e = take_streamed(input);
        break;
      case state::failed:
        return event::failed;
    }
    if (e) return *e;
  }
}

void framer::begin_frame() {
  if (frame_.text.capacity() > most_kept_capacity) std::string().swap(frame_.text);
  frame_.text.clear();
  frame_.literals.clear();
  context_.reset();
  line_ = line_octets_ = 0;
  state_ = state::line;
}

std::optional<framer::event> framer::take_line(std::span<const char>& input) {
  if (input.empty()) return event::need_input;
  const auto* lf = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
  const auto taken = lf != nullptr ? static_cast<std::size_t>(lf - input.data()) : input.size();
  const auto pending = frame_.text.size() - line_;
  const char last = taken > 0 ? input[taken - 1] : pending > 0 ? frame_.text.back() : '\0';
  const auto length = pending + taken - (last == '\r' ? 1 : 0);
  if (length > bounds_.line - std::min(bounds_.line, line_octets_)) {
    return fail_with(errc::limit_exceeded,
                     "a response line is longer than the limit line of " + std::to_string(bounds_.line));
  }
  if (line_ + length > bounds_.response) {
    return fail_with(errc::limit_exceeded,
                     "a response is longer than the limit response of " + std::to_string(bounds_.response));
  }
  frame_.text.append(input.data(), taken);
  input = input.subspan(lf != nullptr ? taken + 1 : taken);
  if (lf == nullptr) return event::need_input;
  return end_line();
}

std::optional<framer::event> framer::end_line() {
  auto& text = frame_.text;
  if (text.size() > line_ && text.back() == '\r') {
    text.pop_back();
  } else if (!tolerated_.tolerates(quirk::bare_lf)) {
    return fail_with(errc::malformed_response, "a line ends in LF without CR");
  }
  if (tolerated_.tolerates(quirk::blank_line) && std::all_of(text.begin(), text.end(), grammar::is_blank)) {
    text.clear();
    return std::nullopt;
  }
  if (const auto announced = announcement_at_end(text, line_))
    return begin_literal(announced->brace, announced->digits);
  state_ = state::frame_done;
  return event::frame;
}

std::optional<framer::event> framer::begin_literal(std::size_t brace, std::string_view digits) {
  using use = literal_context::use;
  const auto what = context_.at(frame_.text, line_, brace);
  if (what == use::text) {
    state_ = state::frame_done;
    return event::frame;
  }
  const bool kept = what == use::keep;
  std::uint64_t size = 0;
  const bool overflow = std::from_chars(digits.data(), digits.data() + digits.size(), size).ec != std::errc();
  const std::uint64_t room = bounds_.response - std::min(bounds_.response, frame_.text.size() + 2);
  if (kept && (overflow || size > room)) {
    return fail_with(errc::limit_exceeded, too_large(digits, "response", bounds_.response));
  }
  if (!kept && (overflow || size > bounds_.body)) {
    return fail_with(errc::limit_exceeded, too_large(digits, "body", bounds_.body));
  }
  if (frame_.literals.size() >= bounds_.literals) {
    return fail_with(errc::limit_exceeded,
                     "a response has more literals than the limit literals of " + std::to_string(bounds_.literals));
  }
  frame_.literals.push_back({brace, size, !kept, what == use::discard});
  line_octets_ += frame_.text.size() - line_;
  frame_.text += "\r\n";
  line_ = frame_.text.size();
  remaining_ = size;
  state_ = kept ? state::kept_literal : state::streamed_literal;
  if (kept || what == use::discard) return std::nullopt;
  section_ = what == use::stream_header ? body_section::header : body_section::full;
  body_size_ = size;
  return event::body_begin;
}

std::optional<framer::event> framer::take_kept(std::span<const char>& input) {
  if (remaining_ > 0 && input.empty()) return event::need_input;
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  frame_.text.append(input.data(), taken);
  input = input.subspan(taken);
  remaining_ -= taken;
  if (remaining_ > 0) return event::need_input;
  line_ = frame_.text.size();
  state_ = state::line;
  return std::nullopt;
}

std::optional<framer::event> framer::take_streamed(std::span<const char>& input) {
  const bool discarded = frame_.literals.back().discarded;
  if (remaining_ == 0) {
    state_ = state::line;
    return discarded ? std::nullopt : std::optional(event::body_end);
  }
  if (input.empty()) return event::need_input;
  data_ = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  input = input.subspan(data_.size());
  remaining_ -= data_.size();
  return discarded ? std::nullopt : std::optional(event::body_data);
}

framer::event framer::fail_with(errc code, std::string detail) {
  failure_ = error(code, std::move(detail));
  failure_.reach = scope::connection;
  state_ = state::failed;
  return event::failed;
}

}  // namespace outmap::wire
