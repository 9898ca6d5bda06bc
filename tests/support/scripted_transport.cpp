#include "support/scripted_transport.hpp"

#include <algorithm>
#include <stdexcept>

namespace outmap::test {
namespace {

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == '\\') {
      out += '\\', ++i;
    } else if (text[i + 1] == 'r') {
      out += '\r', ++i;
    } else if (text[i + 1] == 'n') {
      out += '\n', ++i;
    } else if (text[i + 1] == 'x' && i + 3 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16)), i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<transcript_line> read_transcript(std::string_view text) {
  std::vector<transcript_line> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("C: ")) {
      out.push_back({true, std::string(line.substr(3))});
    } else if (line.starts_with("S: ") || line == "S:") {
      out.push_back({false, (line.size() > 3 ? unescaped(line.substr(3)) : std::string()) + "\r\n"});
    } else if (line.starts_with("S- ")) {
      out.push_back({false, unescaped(line.substr(3))});
    } else {
      throw std::runtime_error("transcript line begins with neither C: nor S: nor #: " + std::string(line));
    }
  }
  return out;
}

std::string scripted_transport::with_tags(std::string text) const {
  for (const auto& [name, tag] : tags_) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + tag.size()))
      text.replace(at, name.size(), tag);
  }
  return text;
}

bool scripted_transport::match(const std::string& expected, const std::string& got) {
  if (!expected.starts_with('{')) return expected == got;
  const auto end = expected.find('}') + 1;
  if (got.size() < 4 || got.substr(4) != expected.substr(end)) return false;
  tags_.emplace_back(expected.substr(0, end), got.substr(0, 4));
  return true;
}

void scripted_transport::advance() {
  while (at_ < script_.size() && sent_.empty() && progress_->mismatch.empty()) {
    if (at_ >= how_.cut_before) return;
    const auto& step = script_[at_];
    if (!step.client) {
      sent_ = with_tags(step.text);
      ++at_;
      continue;
    }
    const auto end = received_.find("\r\n");
    if (end == std::string::npos) return;
    const auto line = received_.substr(0, end);
    if (!match(step.text, line)) {
      progress_->mismatch = "expected '" + step.text + "', got '" + line + "'";
      return;
    }
    received_.erase(0, end + 2);
    ++at_;
  }
}

asio::awaitable<result<std::size_t>> scripted_transport::read_some(std::span<char> into) {
  advance();
  if (closed_ || sent_.empty()) co_return fail(errc::connection_lost, "the script ends here");
  const auto take = std::min({sent_.size(), into.size(), how_.chunk});
  std::copy_n(sent_.begin(), take, into.begin());
  sent_.erase(0, take);
  co_return take;
}

asio::awaitable<result<void>> scripted_transport::write(std::string_view octets) {
  if (closed_) co_return fail(errc::connection_lost, "closed");
  received_ += octets;
  co_return result<void>{};
}

}  // namespace outmap::test
