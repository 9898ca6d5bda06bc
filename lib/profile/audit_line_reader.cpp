#include "profile/audit_line_reader.hpp"

#include <algorithm>

namespace outmap::profile {

// Room for one piece and the two octets that may end it.
result<void> audit_line_reader::fill() {
  constexpr std::size_t room = longest_piece + 2;
  buffer_.erase(0, at_);
  at_ = 0;
  while (!ended_ && buffer_.size() < room) {
    const auto had = buffer_.size();
    buffer_.resize(room);
    auto got = read_(std::span<char>(buffer_.data() + had, room - had));
    const auto count = got ? std::min(*got, room - had) : 0;
    buffer_.resize(had + count);
    if (!got) return tl::unexpected(got.error());
    if (count == 0) ended_ = true;
    if (buffer_.find('\n', had) != std::string::npos) break;
  }
  return {};
}

result<std::string_view> audit_line_reader::begin() {
  while (!ended_ && buffer_.size() < longest_piece) {
    const auto had = buffer_.size();
    buffer_.resize(longest_piece);
    auto got = read_(std::span<char>(buffer_.data() + had, longest_piece - had));
    const auto count = got ? std::min(*got, longest_piece - had) : 0;
    buffer_.resize(had + count);
    if (!got) return tl::unexpected(got.error());
    if (count == 0) ended_ = true;
  }
  return std::string_view(buffer_);
}

result<bool> audit_line_reader::next(raw_line& out) {
  auto end = buffer_.find('\n', at_);
  if (end == std::string::npos) {
    if (auto ok = fill(); !ok) return tl::unexpected(ok.error());
    end = buffer_.find('\n', at_);
  }
  if (at_ == buffer_.size()) return false;
  out = {};
  out.begins = !in_line_;
  if (out.begins) ++number_;
  out.number = number_;
  out.offset = offset_;
  const auto rest = std::string_view(buffer_).substr(at_);
  std::size_t taken = 0;
  if (end != std::string::npos && end - at_ <= longest_piece + 1) {
    taken = end - at_ + 1;
    out.text = rest.substr(0, taken - 1);
    out.end = line_end::lf;
    if (!out.text.empty() && out.text.back() == '\r') {
      out.text.remove_suffix(1);
      out.end = line_end::crlf;
    }
  } else {
    taken = std::min(rest.size(), longest_piece);
    // A CR may belong to the LF that follows.
    if (taken > 1 && taken < rest.size() && rest[taken - 1] == '\r') --taken;
    out.text = rest.substr(0, taken);
  }
  in_line_ = out.end == line_end::none;
  at_ += taken;
  offset_ += taken;
  return true;
}

}  // namespace outmap::profile
