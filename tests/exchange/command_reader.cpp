#include "command_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

// A client that announces more than this without waiting for leave is cut off instead of being read to the end.
constexpr std::uint64_t most_skipped = std::uint64_t{256} << 20;

struct literal_mark {
  std::uint64_t size = 0;
  bool synchronizing = true;
};

/// "{123}" or "{123+}" at the end of a line (RFC 3501 section 4.3, RFC 7888).
std::optional<literal_mark> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view digits = line.substr(open + 1, line.size() - open - 2);
  literal_mark mark;
  if (digits.ends_with('+')) {
    mark.synchronizing = false;
    digits.remove_suffix(1);
  }
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), mark.size);
  if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return mark;
}

/// XIMAP-V0058: whether a literal of the command that begins like this is asked for.
bool asks_for_literal(std::string_view line, literal_requests rule) {
  if (rule == literal_requests::all) return true;
  const auto next_word = [&] {
    const std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t", start), line.size());
    const std::string_view word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
  };
  next_word();  // the tag
  const std::string_view word = next_word();
  if (same_word(word, "UID")) return !same_word(next_word(), "SEARCH");
  return rule == literal_requests::not_uid_search || !same_word(word, "SEARCH");
}

}  // namespace

void command_reader::fill() {
  while (channel_.wait(deadline_) == wait_result::woken) {
    if (on_wake_) on_wake_();
  }
  std::array<char, 16384> chunk{};
  buffer_.append(chunk.data(), channel_.read_some(chunk));
}

bool command_reader::read_line(std::string& to, std::size_t longest) {
  bool fits = true;
  std::size_t scanned = 0;
  for (;;) {
    const std::size_t end = buffer_.find('\n', scanned);
    if (end != std::string::npos) {
      std::string_view line = std::string_view(buffer_).substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      // The beginning of a line that is too long is kept for its tag.
      if (fits) to.append(line.substr(0, longest));
      fits = fits && line.size() <= longest;
      buffer_.erase(0, end + 1);
      return fits;
    }
    if (buffer_.size() > longest + 1) {
      // The last octet stays because it may be the CR.
      if (fits) to.append(buffer_, 0, longest);
      fits = false;
      buffer_.erase(0, buffer_.size() - 1);
    }
    scanned = buffer_.size();
    fill();
  }
}

void command_reader::read_literal(std::string& to, std::size_t size) {
  while (to.size() < size) {
    if (buffer_.empty()) fill();
    const std::size_t take = std::min(size - to.size(), buffer_.size());
    to.append(buffer_, 0, take);
    buffer_.erase(0, take);
  }
}

void command_reader::skip(std::uint64_t octets) {
  if (octets > most_skipped) throw hung_up{};
  while (octets > 0) {
    if (buffer_.empty()) fill();
    const std::size_t take = static_cast<std::size_t>(std::min<std::uint64_t>(octets, buffer_.size()));
    buffer_.erase(0, take);
    octets -= take;
  }
}

command_text command_reader::next_command(const command_limits& limits) {
  command_text command;
  std::size_t line_octets = 0;
  for (;;) {
    std::string part;
    const bool fits = read_line(part, limits.line - std::min(limits.line, line_octets));
    line_octets += part.size();
    if (command.refusal.empty()) command.line += part;
    if (!fits && command.refusal.empty()) command.refusal = "Command line too long.";
    const auto mark = fits ? literal_at_end(part) : std::nullopt;
    if (!mark) return command;
    if (mark->size > limits.literal) command.refusal = "Literal too long.";
    if (!command.refusal.empty()) {
      // A synchronising literal is simply not asked for; the other kind is on its way already.
      if (mark->synchronizing) return command;
      skip(mark->size);
      continue;
    }
    bool over = false;
    if (mark->synchronizing && asks_for_literal(command.line, limits.asks)) {
      const auto fault = limits.on_literal ? limits.on_literal(command.line) : std::nullopt;
      if (fault && fault->instead) {
        channel_.write(*fault->instead);
        command.answered = true;
        return command;
      }
      channel_.write("+ Ready for additional command text.\r\n" + (fault ? fault->after : std::string()));
      over = fault && fault->close;
    }
    command.line += "\r\n";
    read_literal(command.literals.emplace_back(), static_cast<std::size_t>(mark->size));
    if (over) {
      channel_.flush();
      throw hung_up{};
    }
  }
}

std::optional<std::string> command_reader::next_line(std::size_t longest) {
  std::string line;
  if (!read_line(line, longest)) return std::nullopt;
  return line;
}

}  // namespace outmap::exchange
