#include "mime/html_text.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <mutex>
#include <utility>

#include "mime/charset.hpp"

namespace outmap::mime {
namespace {

// The parser's time grows with the product of depth and size.
constexpr unsigned deepest = 256;
constexpr std::size_t longest_link = 500;
// Octets of all names of tags and attributes. Each attribute of a tag is compared with those before it, so a tag with a
// million of them would keep the parser busy for hours.
constexpr std::size_t most_name_octets = 4000;

constexpr std::array<std::string_view, 8> unseen = {"script", "style",    "head",   "title",
                                                    "object", "template", "applet", "noframes"};
constexpr std::array<std::string_view, 26> blocks = {
    "p",  "div", "table", "tr", "ul", "ol",      "li",      "h1",     "h2",     "h3",      "h4",         "h5",   "h6",
    "hr", "pre", "form",  "dl", "dt", "article", "section", "header", "footer", "address", "blockquote", "body", "dd"};

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

class collector {
 public:
  explicit collector(std::size_t most) : most_(most) {}

  void start(std::string_view name, const xmlChar** attributes) {
    if (stopped_) return;
    if (++depth_ > deepest) return stop();
    if (is_one_of(unseen, name)) ++hidden_;
    if (hidden_ > 0) return;
    if (name == "pre") ++pre_;
    if (name == "br") put_line_end();
    if (is_one_of(blocks, name)) end_line();
    if (name == "li") put("- ");
    if (name == "td" || name == "th") gap_ = !at_line_start();
    if (name == "a") begin_link(attribute(attributes, "href"));
    if (name == "img") characters(attribute(attributes, "alt"));
  }

  void end(std::string_view name) {
    if (stopped_) return;
    if (depth_ > 0) --depth_;
    if (is_one_of(unseen, name) && hidden_ > 0) {
      --hidden_;
      return;
    }
    if (hidden_ > 0) return;
    if (name == "pre" && pre_ > 0) --pre_;
    if (name == "a") end_link();
    if (is_one_of(blocks, name)) end_line();
    if (name == "p" || name == "table" || name == "ul" || name == "ol") blank_line_ = true;
  }

  void characters(std::string_view text) {
    if (stopped_ || hidden_ > 0) return;
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      // Whole characters, so that a text which ends at its limit ends between two.
      std::size_t octets = 1;
      while (i + octets < text.size() && (static_cast<unsigned char>(text[i + octets]) & 0xc0) == 0x80) ++octets;
      if (pre_ > 0 && c == '\n') {
        put_line_end();
      } else if (pre_ == 0 && is_space(c)) {
        gap_ = gap_ || !at_line_start();
      } else if (c != '\r') {
        put(text.substr(i, octets));
      }
      i += octets;
    }
  }

  html_outcome finish() {
    while (!out_.text.empty() && is_space(out_.text.back())) out_.text.pop_back();
    if (!out_.text.empty()) out_.text += '\n';
    if (out_.text.size() > most_) cut_utf8(out_.text, most_);
    return std::move(out_);
  }

  void parsed_by(xmlParserCtxtPtr parser) { parser_ = parser; }

 private:
  static std::string_view attribute(const xmlChar** attributes, std::string_view name) {
    for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2) {
      if (view(attributes[0]) == name) return view(attributes[1]);
    }
    return {};
  }

  void begin_link(std::string_view target) {
    link_ = target.starts_with("http") && target.size() <= longest_link ? std::string(target) : std::string();
    link_text_ = out_.text.size();
  }
  void end_link() {
    if (link_.empty() || link_text_ > out_.text.size()) return;
    const auto shown = std::string_view(out_.text).substr(link_text_);
    if (shown.find(link_) == std::string_view::npos && shown.find_first_not_of(" \n") != std::string_view::npos) {
      put(" <" + link_ + ">");
    }
    link_.clear();
  }

  [[nodiscard]] bool at_line_start() const { return out_.text.empty() || out_.text.back() == '\n'; }
  void end_line() {
    gap_ = false;
    if (!at_line_start()) out_.text += '\n';
  }
  void put_line_end() {
    gap_ = false;
    // No author means more than one empty line.
    if (!out_.text.empty() && !out_.text.ends_with("\n\n")) out_.text += '\n';
  }
  void put(std::string_view text) {
    if (out_.text.size() + text.size() + 2 > most_) return stop();
    if (std::exchange(blank_line_, false) && !out_.text.empty() && !out_.text.ends_with("\n\n")) {
      out_.text += at_line_start() ? "\n" : "\n\n";
    }
    if (std::exchange(gap_, false) && !at_line_start() && out_.text.back() != ' ') out_.text += ' ';
    out_.text += text;
  }
  void stop() {
    out_.whole = false;
    stopped_ = true;
    xmlStopParser(parser_);
  }

  std::size_t most_;
  xmlParserCtxtPtr parser_ = nullptr;
  html_outcome out_;
  bool stopped_ = false;
  unsigned depth_ = 0;
  unsigned hidden_ = 0;
  unsigned pre_ = 0;
  bool gap_ = false;
  bool blank_line_ = false;
  std::string link_;
  std::size_t link_text_ = 0;
};

collector& of(void* context) { return *static_cast<collector*>(context); }

void ignore(void* /*context*/, const char* /*words*/, ...) {}  // NOLINT: the parser asks for it

xmlSAXHandler handlers() {
  xmlSAXHandler out{};
  out.startElement = [](void* context, const xmlChar* name, const xmlChar** attributes) {
    of(context).start(view(name), attributes);
  };
  out.endElement = [](void* context, const xmlChar* name) { of(context).end(view(name)); };
  out.characters = [](void* context, const xmlChar* text, int octets) {
    of(context).characters({reinterpret_cast<const char*>(text), static_cast<std::size_t>(octets)});
  };
  out.ignorableWhitespace = out.characters;
  out.error = ignore;
  out.warning = ignore;
  return out;
}

struct context_closer {
  void operator()(htmlParserCtxtPtr parser) const noexcept { htmlFreeParserCtxt(parser); }
};

}  // namespace

html_outcome text_of_html(std::string_view html, std::size_t most) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  std::string copy(html.substr(0, INT_MAX / 2));
  // The parser takes NUL for the end.
  std::replace(copy.begin(), copy.end(), '\0', ' ');
  collector into(most);
  const std::unique_ptr<htmlParserCtxt, context_closer> parser(htmlNewParserCtxt());
  if (parser == nullptr) return {{}, html.empty()};
  *parser->sax = handlers();
  parser->userData = &into;
  into.parsed_by(parser.get());
  xmlDictSetLimit(parser->dict, most_name_octets);
  constexpr int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  htmlCtxtReadMemory(parser.get(), copy.data(), static_cast<int>(copy.size()), nullptr, "UTF-8", options);
  return into.finish();
}

}  // namespace outmap::mime
