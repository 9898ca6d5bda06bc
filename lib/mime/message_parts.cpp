#include "mime/message_parts.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "mime/charset.hpp"
#include "mime/encoded_word.hpp"
#include "mime/flowed_text.hpp"
#include "mime/html_text.hpp"
#include "mime/letter_case.hpp"
#include "mime/parse_cost.hpp"

namespace outmap::mime {
namespace {

constexpr std::size_t longest_field = 65536;
constexpr int most_fields = 2000;
// HTML says less than it weighs.
constexpr std::size_t html_weight = 4;

struct releaser {
  template <class T>
  void operator()(T* object) const noexcept {
    if (object != nullptr) g_object_unref(object);
  }
};
template <class T>
using owned = std::unique_ptr<T, releaser>;

std::string_view view(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Line ends and the blanks behind them become one blank.
std::string unfolded(std::string_view raw) {
  std::string out;
  for (const char c : raw.substr(0, longest_field)) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

void read_fields(GMimeObject* of, readable_message& into) {
  struct field {
    std::string_view name;
    std::string* value;
    bool seen = false;
  };
  std::array<field, 7> wanted{{{"From", &into.from},
                               {"To", &into.to},
                               {"Cc", &into.cc},
                               {"Bcc", &into.bcc},
                               {"Subject", &into.subject},
                               {"Date", &into.date},
                               {"Message-ID", &into.message_id}}};
  auto* const list = g_mime_object_get_header_list(of);
  const int count = std::min(g_mime_header_list_get_count(list), most_fields);
  for (int i = 0; i < count; ++i) {
    auto* const header = g_mime_header_list_get_header_at(list, i);
    const auto name = view(g_mime_header_get_name(header));
    const auto at = std::find_if(wanted.begin(), wanted.end(), [&](const field& f) { return same_name(f.name, name); });
    if (at == wanted.end() || std::exchange(at->seen, true)) continue;
    *at->value = readable_utf8({}, decode_words(unfolded(view(g_mime_header_get_raw_value(header)))), longest_field);
    // An encoded line end would begin a field of its own where fields stand one a line.
    std::replace_if(
        at->value->begin(), at->value->end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  }
}

// What one branch of a message gives.
struct branch {
  std::string text;
  bool html = false;     // the text, or part of it, was HTML
  bool machine = false;  // the text, or part of it, is for programs: a calendar, a card
  std::vector<attachment> attachments;
};

class walker {
 public:
  explicit walker(const readable_limits& limits)
      : limits_(limits), text_left_(limits.text), html_left_(html_weight * limits.text) {}

  void visit(GMimeObject* part, unsigned depth, branch& into);
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  void visit_multipart(GMimeMultipart* multipart, unsigned depth, branch& into);
  void visit_alternatives(GMimeMultipart* multipart, unsigned depth, branch& into);
  void visit_message(GMimeMessage* message, unsigned depth, branch& into);
  void visit_leaf(GMimePart* part, branch& into);
  void read_text(GMimePart* part, bool html, branch& into);
  std::string content(GMimePart* part, std::size_t most);
  bool whole_so_far() {
    if (parts_ >= limits_.parts) whole_ = false;
    return parts_ < limits_.parts;
  }
  void append(std::string_view text, branch& into);

  const readable_limits& limits_;
  std::size_t text_left_;
  std::size_t html_left_;  // of all HTML, also of that which is not chosen
  std::size_t parts_ = 0;
  bool whole_ = true;
};

void walker::append(std::string_view text, branch& into) {
  std::string cut(text.substr(0, std::min(text.size(), text_left_ + 4)));
  if (text.size() > text_left_) {
    cut_utf8(cut, text_left_);
    whole_ = false;
  }
  text_left_ -= std::min(text_left_, cut.size());
  if (!into.text.empty() && !into.text.ends_with("\n\n")) into.text += into.text.ends_with('\n') ? "\n" : "\n\n";
  into.text += cut;
}

// Decoded from base64 or whatever it is in, at most `most` octets.
std::string walker::content(GMimePart* part, std::size_t most) {
  auto* const wrapper = g_mime_part_get_content(part);
  auto* const from = wrapper == nullptr ? nullptr : g_mime_data_wrapper_get_stream(wrapper);
  if (from == nullptr) return {};
  g_mime_stream_reset(from);
  GMimeEncoding decoder;
  g_mime_encoding_init_decode(&decoder, g_mime_data_wrapper_get_encoding(wrapper));
  std::string out;
  std::array<char, 4096> read;
  std::string decoded;
  while (out.size() < most) {
    const auto got = g_mime_stream_read(from, read.data(), read.size());
    if (got <= 0) break;
    const auto size = static_cast<std::size_t>(got);
    decoded.resize(g_mime_encoding_outlen(&decoder, size) + 64);
    decoded.resize(g_mime_encoding_step(&decoder, read.data(), size, decoded.data()));
    out += decoded;
  }
  if (out.size() < most && decoder.encoding == GMIME_CONTENT_ENCODING_BASE64) {
    // Many leave out the padding, without which the decoder keeps the last octets back.
    constexpr std::string_view padding = "===";
    decoded.resize(64);
    decoded.resize(g_mime_encoding_step(&decoder, padding.data(), padding.size(), decoded.data()));
    out += decoded;
  }
  if (out.size() >= most) {
    whole_ = false;
    out.resize(most);
  }
  return out;
}

bool has_parameter(GMimePart* part, const char* name, std::string_view value) {
  return same_name(view(g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), name)), value);
}

void walker::read_text(GMimePart* part, bool html, branch& into) {
  const auto most = html ? html_left_ : limits_.text + 1;
  if (text_left_ == 0 || most == 0) {
    whole_ = false;
    return;
  }
  const auto octets = content(part, most);
  const auto* const charset = g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
  auto text = readable_utf8(view(charset), octets, most);
  if (html) {
    html_left_ -= std::min(html_left_, octets.size());
    auto shown = text_of_html(text, text_left_);
    whole_ = whole_ && shown.whole;
    text = std::move(shown.text);
    into.html = true;
  }
  std::erase(text, '\r');
  if (is_blank(text)) return;
  auto* const type = g_mime_object_get_content_type(GMIME_OBJECT(part));
  if (has_parameter(part, "format", "flowed") && g_mime_content_type_is_type(type, "text", "plain") != 0)
    text = join_flowed(text, has_parameter(part, "delsp", "yes"));
  into.machine = into.machine || (!html && g_mime_content_type_is_type(type, "text", "plain") == 0);
  append(text, into);
}

std::uint64_t decoded_size(GMimePart* part) {
  auto* const wrapper = g_mime_part_get_content(part);
  auto* const from = wrapper == nullptr ? nullptr : g_mime_data_wrapper_get_stream(wrapper);
  const auto length = from == nullptr ? 0 : g_mime_stream_length(from);
  if (length <= 0) return 0;
  const auto octets = static_cast<std::uint64_t>(length);
  return g_mime_data_wrapper_get_encoding(wrapper) == GMIME_CONTENT_ENCODING_BASE64
             ? octets / 78 * 57 + octets % 78 * 3 / 4
             : octets;
}

void walker::visit_leaf(GMimePart* part, branch& into) {
  auto* const type = g_mime_object_get_content_type(GMIME_OBJECT(part));
  const bool text = g_mime_content_type_is_type(type, "text", "*") != 0;
  const bool html = g_mime_content_type_is_type(type, "text", "html") != 0;
  if (text && g_mime_part_is_attachment(part) == 0) return read_text(part, html, into);
  attachment out;
  const auto named = std::string(view(g_mime_content_type_get_media_type(type))) + "/" +
                     std::string(view(g_mime_content_type_get_media_subtype(type)));
  out.type = readable_utf8({}, lower(named), longest_field);
  out.name = readable_utf8({}, decode_words(view(g_mime_part_get_filename(part))), longest_field);
  out.octets = decoded_size(part);
  into.attachments.push_back(std::move(out));
}

void walker::visit_message(GMimeMessage* message, unsigned depth, branch& into) {
  if (message == nullptr) return;
  readable_message fields;
  read_fields(GMIME_OBJECT(message), fields);
  std::string head;
  for (const auto& [label, value] : {std::pair{"From: ", &fields.from},
                                     {"To: ", &fields.to},
                                     {"Date: ", &fields.date},
                                     {"Subject: ", &fields.subject}}) {
    if (!value->empty()) head += label + *value + "\n";
  }
  if (!head.empty()) append("---\n" + head, into);
  if (auto* const inner = g_mime_message_get_mime_part(message)) visit(inner, depth + 1, into);
}

// The last alternative is the richest, the plain one the most readable.
void walker::visit_alternatives(GMimeMultipart* multipart, unsigned depth, branch& into) {
  std::vector<branch> all;
  const int count = g_mime_multipart_get_count(multipart);
  const auto left = text_left_;
  for (int i = 0; i < count && whole_so_far(); ++i) {
    text_left_ = left;
    all.emplace_back();
    visit(g_mime_multipart_get_part(multipart, i), depth + 1, all.back());
  }
  const branch* chosen = nullptr;
  for (const auto& one : all) {
    if (is_blank(one.text)) continue;
    // An invitation is a letter and, as its last alternative, a calendar.
    if (chosen != nullptr && chosen->machine != one.machine) {
      if (chosen->machine) chosen = &one;
      continue;
    }
    if (chosen == nullptr || (chosen->html == one.html) ||
        (!chosen->html && one.text.size() / 4 > chosen->text.size()) ||
        (chosen->html && chosen->text.size() / 4 <= one.text.size())) {
      chosen = &one;
    }
  }
  text_left_ = left;
  if (chosen != nullptr) {
    append(chosen->text, into);
    into.html = into.html || chosen->html;
    into.machine = into.machine || chosen->machine;
  }
  for (auto& one : all) std::move(one.attachments.begin(), one.attachments.end(), std::back_inserter(into.attachments));
}

void walker::visit_multipart(GMimeMultipart* multipart, unsigned depth, branch& into) {
  auto* const type = g_mime_object_get_content_type(GMIME_OBJECT(multipart));
  if (g_mime_content_type_is_type(type, "multipart", "alternative") != 0) {
    return visit_alternatives(multipart, depth, into);
  }
  const int count = g_mime_multipart_get_count(multipart);
  for (int i = 0; i < count && whole_so_far(); ++i) {
    visit(g_mime_multipart_get_part(multipart, i), depth + 1, into);
  }
}

void walker::visit(GMimeObject* part, unsigned depth, branch& into) {
  if (part == nullptr) return;
  if (depth > limits_.depth || ++parts_ > limits_.parts) {
    whole_ = false;
    return;
  }
  if (GMIME_IS_MULTIPART(part)) return visit_multipart(GMIME_MULTIPART(part), depth, into);
  if (GMIME_IS_MESSAGE_PART(part)) {
    return visit_message(g_mime_message_part_get_message(GMIME_MESSAGE_PART(part)), depth, into);
  }
  if (GMIME_IS_PART(part)) visit_leaf(GMIME_PART(part), into);
}

}  // namespace

readable_message read_parts(std::string_view all_octets, const readable_limits& limits) {
  static std::once_flag once;
  std::call_once(once, g_mime_init);
  const auto octets = all_octets.substr(0, affordable(all_octets, limits.parts));
  const bool affordable_whole = octets.size() == all_octets.size();
  readable_message out;
  const owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
  const owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_format(parser.get(), GMIME_FORMAT_MESSAGE);
  const owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (message == nullptr) {
    // Nothing of it is a header: it is text.
    out.text = readable_utf8({}, octets, limits.text);
    std::erase(out.text, '\r');
    out.whole = affordable_whole && octets.size() <= limits.text;
    return out;
  }
  read_fields(GMIME_OBJECT(message.get()), out);
  walker walk(limits);
  branch all;
  if (auto* const part = g_mime_message_get_mime_part(message.get())) walk.visit(part, 0, all);
  out.text = std::move(all.text);
  out.attachments = std::move(all.attachments);
  out.whole = affordable_whole && walk.whole();
  return out;
}

}  // namespace outmap::mime
