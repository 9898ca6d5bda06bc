#include "regenerated_mime.hpp"

#include <vector>

#include "mime_part.hpp"

namespace outmap::exchange {

namespace {

// Shorter ones leave no room for a boundary that is sure to be new.
constexpr std::size_t shortest_boundary = 12;

class maker {
 public:
  maker(std::string_view octets, std::uint32_t retrieval) : octets_(octets), retrieval_(retrieval) {}

  std::string part(const mime_part& p) const {
    const std::string_view whole = octets_.substr(p.begin, p.end - p.begin);
    if (p.holds_message()) return std::string(p.header_in(octets_)) + part(p.children.front());
    if (!p.is_multipart() || p.boundary.size() < shortest_boundary) return std::string(whole);
    const std::string fresh = fresh_boundary(p.boundary);
    std::string out = with_boundary(p.header_in(octets_), p.boundary, fresh);
    for (const mime_part* child : ordered(p)) out += "--" + fresh + "\r\n" + part(*child) + "\r\n";
    return out + "--" + fresh + "--\r\n";
  }

 private:
  /// As long as the old one, so that sizes stay.
  [[nodiscard]] std::string fresh_boundary(const std::string& old) const {
    std::string fresh;
    for (std::uint32_t attempt = 0; fresh.empty() || octets_.find(fresh) != std::string_view::npos; ++attempt) {
      std::string number = std::to_string(retrieval_) + "_" + std::to_string(attempt) + "_";
      fresh = "_" + number;
      for (std::size_t i = fresh.size(); i < old.size(); ++i) {
        const auto c = static_cast<unsigned char>(old[i]);
        fresh += static_cast<char>('a' + (c + i * 7 + retrieval_ * 11 + attempt) % 26);
      }
      fresh.resize(old.size());
    }
    return fresh;
  }

  static std::string with_boundary(std::string_view header, const std::string& old, const std::string& fresh) {
    std::string out(header);
    if (const std::size_t at = out.find(old); at != std::string::npos) out.replace(at, old.size(), fresh);
    return out;
  }

  [[nodiscard]] std::vector<const mime_part*> ordered(const mime_part& p) const {
    std::vector<const mime_part*> order;
    const std::size_t count = p.children.size();
    for (std::size_t i = 0; i < count; ++i) {
      // The text comes first in any case; attachments take turns.
      const bool turns = p.subtype == "MIXED" && count > 2 && i > 0;
      order.push_back(&p.children[turns ? 1 + (i - 1 + retrieval_) % (count - 1) : i]);
    }
    return order;
  }

  std::string_view octets_;
  std::uint32_t retrieval_;
};

}  // namespace

std::string regenerated_mime(std::string_view octets, std::uint32_t retrieval) {
  if (retrieval == 0) return std::string(octets);
  return maker(octets, retrieval).part(parse_mime(octets));
}

}  // namespace outmap::exchange
