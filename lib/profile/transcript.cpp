#include "profile/transcript.hpp"

#include <string>

namespace outmap::profile {
namespace {

std::string escaped(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f && c != '\\') {
      out += c;
    } else if (c == '\\') {
      out += "\\";
    } else {
      out += "\\x";
      out += digits[octet >> 4];
      out += digits[octet & 15];
    }
  }
  return out;
}

template <class Emit>
void each_line(std::string_view text, Emit emit) {
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    emit(escaped(line));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void transcript::client(const wire::fragment& sent) {
  if (sink_ == nullptr) return;
  each_line(sent.trace, [this](const std::string& line) { sink_->client(line); });
}

void transcript::server(const wire::frame& received) {
  if (sink_ == nullptr) return;
  each_line(received.text, [this](const std::string& line) { sink_->server(line); });
}

void transcript::body(std::span<const char> octets) {
  if (sink_ == nullptr || !sink_->wants_bodies()) return;
  each_line({octets.data(), octets.size()}, [this](const std::string& line) { sink_->server(line); });
}

void transcript::note(std::string_view text) {
  if (sink_ != nullptr) sink_->note(escaped(text));
}

}  // namespace outmap::profile
