#include "profile/transcript.hpp"

#include <algorithm>

namespace outmap::profile {
namespace {

constexpr std::string_view mask = "<secret>";
// Shorter ones stand in any text by chance, and leaving them out would tell them.
constexpr std::size_t shortest_remembered = 4;
// One login has at most three lines, and Exchange lets four logins fail on a connection.
constexpr std::size_t most_remembered = 16;

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

void transcript::remember(const wire::fragment& sent) {
  const std::string_view trace = sent.trace;
  const auto at = trace.find(mask);
  if (at == std::string_view::npos) return;
  const auto behind = trace.size() - at - mask.size();
  if (sent.bytes.size() < at + behind) return;
  auto hidden = std::string_view(sent.bytes).substr(at, sent.bytes.size() - at - behind);
  if (hidden.size() >= 2 && hidden.front() == '"' && hidden.back() == '"') hidden = hidden.substr(1, hidden.size() - 2);
  while (!hidden.empty() && (hidden.back() == '\r' || hidden.back() == '\n')) hidden.remove_suffix(1);
  if (hidden.size() < shortest_remembered) return;
  sent_.emplace_back(hidden);
  // A quoted string that was understood comes back without its backslashes.
  if (hidden.find('\\') != std::string_view::npos) {
    std::string plain;
    plain.reserve(hidden.size());
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      if (hidden[i] == '\\' && i + 1 < hidden.size()) ++i;
      plain += hidden[i];
    }
    sent_.emplace_back(plain);
    wipe(plain);
  }
  while (sent_.size() > most_remembered) sent_.pop_front();
}

std::string transcript::without_secrets(std::string text) const {
  for (const auto& hidden : sent_) {
    const std::string_view what = hidden.reveal();
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + mask.size()))
      text.replace(at, what.size(), mask);
  }
  return text;
}

void transcript::client(const wire::fragment& sent) {
  if (sink_ == nullptr) return;
  remember(sent);
  each_line(sent.trace, [this](const std::string& line) { sink_->client(line); });
}

void transcript::server(const wire::frame& received) {
  if (sink_ == nullptr) return;
  each_line(without_secrets(received.text), [this](const std::string& line) { sink_->server(line); });
}

void transcript::body(std::span<const char> octets) {
  if (sink_ == nullptr || !sink_->wants_bodies()) return;
  each_line({octets.data(), octets.size()}, [this](const std::string& line) { sink_->server(line); });
}

void transcript::note(std::string_view text) {
  if (sink_ != nullptr) sink_->note(escaped(text));
}

}  // namespace outmap::profile
