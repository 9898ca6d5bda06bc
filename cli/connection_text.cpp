#include "cli/connection_text.hpp"

#include "cli/text_width.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t label_columns = 26;
constexpr std::size_t longest_text = 8192;

}  // namespace

std::string labelled(std::string_view label, std::string_view text) {
  return padded(label, label_columns) + printable(text, longest_text);
}

void print_tls(output& out, const std::optional<tls_report>& tls) {
  if (!tls) {
    out.print(labelled("TLS", "none: everything can be read on the way"));
    return;
  }
  out.print(labelled("TLS", tls->version + " " + tls->cipher));
  out.print(labelled("certificate", tls->subject));
  out.print(labelled("  issued by", tls->issuer));
  out.print(labelled("  names", words(tls->names)));
  out.print(labelled("  valid", tls->not_before + " to " + tls->not_after));
  out.print(labelled("  SHA-256 fingerprint", tls->fingerprint));
}

std::string words(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& w : list) out += (out.empty() ? "" : " ") + w;
  return out;
}

}  // namespace outmap::cli
