#include "mime/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "mime/letter_case.hpp"

namespace outmap::mime {
namespace {

struct alias {
  std::string_view charset;  // lower case
  const char* converter;
};

constexpr alias aliases[] = {
    {"utf-8", "UTF-8"},
    {"utf8", "UTF-8"},
    {"us-ascii", "US-ASCII"},
    {"ascii", "US-ASCII"},
    {"ansi_x3.4-1968", "US-ASCII"},
    {"latin1", "ISO-8859-1"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-8-e", "ISO-8859-8"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"cp936", "GB18030"},
    {"windows-936", "GB18030"},
    {"big5", "CP950"},
    {"cp950", "CP950"},
    {"windows-950", "CP950"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"cp932", "CP932"},
    {"windows-31j", "CP932"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"cp949", "CP949"},
    {"windows-949", "CP949"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"tis-620", "TIS-620"},
    {"windows-874", "CP874"},
    {"cp437", "CP437"},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp866", "CP866"},
    {"ibm437", "CP437"},
    {"ibm850", "CP850"},
    {"ibm852", "CP852"},
    {"ibm866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"utf-7", "UTF-7"},
};

constexpr std::string_view replacement = "\xef\xbf\xbd";

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// iconv's name for the set, empty if it is none of ours.
std::string converter_for(std::string_view charset) {
  constexpr std::size_t longest_name = 40;
  if (charset.size() > longest_name) return {};
  const auto name = lower(charset);
  for (const auto& a : aliases) {
    if (a.charset == name) return a.converter;
  }
  const std::string_view view = name;
  for (const std::string_view family : {"iso-8859-", "iso8859-", "iso_8859-"}) {
    if (view.starts_with(family) && is_number(view.substr(family.size()))) {
      return "ISO-8859-" + name.substr(family.size());
    }
  }
  for (const std::string_view family : {"windows-125", "cp125", "cp-125"}) {
    if (view.starts_with(family) && view.size() == family.size() + 1 && is_number(view.substr(family.size()))) {
      return "CP125" + name.substr(family.size());
    }
  }
  return {};
}

// iconv lets code points beyond Unicode (RFC 3629 3: U+10FFFF is the last) through as octets F4 90 and up.
std::size_t beyond_unicode(std::string_view text, std::size_t from) {
  for (auto at = from; at < text.size(); ++at) {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (octet(at) > 0xf4 || (octet(at) == 0xf4 && at + 1 < text.size() && octet(at + 1) >= 0x90)) return at;
  }
  return std::string_view::npos;
}

std::string within_unicode(std::string text) {
  auto at = beyond_unicode(text, 0);
  if (at == std::string_view::npos) return text;
  std::string out;
  std::size_t taken = 0;
  for (; at != std::string_view::npos; at = beyond_unicode(text, taken)) {
    out.append(text, taken, at - taken);
    out += replacement;
    taken = at + 1;
    while (taken < text.size() && (static_cast<unsigned char>(text[taken]) & 0xc0) == 0x80) ++taken;
  }
  return out.append(text, taken);
}

class converter {
 public:
  explicit converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  ~converter() {
    if (open()) iconv_close(handle_);
  }
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;

  // iconv's own sign for "none".
  [[nodiscard]] bool open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }  // NOLINT: so iconv_open says no

  // As convert(), with U+FFFD for each octet that is in the way, and no more than about `most` octets.
  std::string convert_leniently(std::string_view text, std::size_t most) {
    std::string copy(text);
    char* in = copy.data();
    std::size_t left = copy.size();
    std::string out;
    while (left > 0 && out.size() < most) {
      std::array<char, 4096> piece;
      char* to = piece.data();
      std::size_t room = piece.size();
      const auto failed = iconv(handle_, &in, &left, &to, &room) == std::size_t(-1);
      out.append(piece.data(), piece.size() - room);
      if (!failed || (errno == E2BIG && room < piece.size())) continue;
      if (left == 0) break;
      out += replacement;
      ++in;
      --left;
    }
    return within_unicode(std::move(out));
  }

  std::optional<std::string> convert(std::string_view text) {
    std::string copy(text);  // iconv asks for a pointer to non-const
    char* in = copy.data();
    std::size_t left = copy.size();
    std::string out;
    // The second turn, without input, brings out what a stateful set still holds.
    for (const bool last : {false, true}) {
      for (bool more = true; more;) {
        std::array<char, 1024> piece;
        char* to = piece.data();
        std::size_t room = piece.size();
        const auto failed = iconv(handle_, last ? nullptr : &in, last ? nullptr : &left, &to, &room) == std::size_t(-1);
        more = failed && errno == E2BIG && room < piece.size();
        if (failed && !more) return std::nullopt;
        out.append(piece.data(), piece.size() - room);
      }
    }
    if (beyond_unicode(out, 0) != std::string_view::npos) return std::nullopt;
    return out;
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::optional<std::string> to_utf8(std::string_view charset, std::string_view text) {
  const auto name = converter_for(charset);
  if (name.empty()) return std::nullopt;
  converter from(name);
  if (!from.open()) return std::nullopt;
  return from.convert(text);
}

void cut_utf8(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  while (most > 0 && continues(most)) --most;
  text.resize(most);
}

std::string readable_utf8(std::string_view charset, std::string_view text, std::size_t most) {
  auto name = converter_for(charset);
  // ASCII is what programs name that have not looked at the text.
  if (name.empty() || name == "US-ASCII") name = to_utf8("utf-8", text) ? "UTF-8" : "CP1252";
  converter from(name);
  auto out = from.open() ? from.convert_leniently(text, most) : std::string();
  cut_utf8(out, most);
  return out;
}

}  // namespace outmap::mime
