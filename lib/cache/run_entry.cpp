#include "cache/run_entry.hpp"

#include <array>
#include <charconv>

#include "cache/digester.hpp"

namespace outmap::cache {
namespace {

constexpr std::string_view no_text = "-";

constexpr std::array numbers_of_a_run = {
    &backup_record::folders,       &backup_record::failed_folders, &backup_record::added,
    &backup_record::flags_changed, &backup_record::vanished,       &backup_record::bodies,
    &backup_record::body_octets,   &backup_record::octets_read,    &backup_record::quarantined,
    &backup_record::held_messages, &backup_record::held_octets,    &backup_record::held_expunged};
constexpr std::array texts_of_a_run = {&backup_record::server, &backup_record::outcome, &backup_record::problem};

template <class T>
bool number_from(std::string_view text, T& into) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into);
  return problem == std::errc() && end == text.data() + text.size();
}

/// The text up to the next `separator`, which goes with it.
std::string_view take(std::string_view& from, char separator) {
  const auto at = from.find(separator);
  const auto out = from.substr(0, at);
  from.remove_prefix(at == std::string_view::npos ? from.size() : at + 1);
  return out;
}

template <class T>
bool take_number(std::string_view& from, T& into) {
  return number_from(take(from, ' '), into);
}

bool take_digest(std::string_view& from, digest& into) {
  const auto read = digest_from_hex(take(from, ' '));
  if (read) into = *read;
  return read.has_value();
}

bool take_text(std::string_view& from, std::string& into) {
  const auto digits = take(from, ' ');
  if (digits == no_text) return true;
  auto octets = octets_from_hex(digits);
  if (!octets) return false;
  into = std::move(*octets);
  return true;
}

std::string fields_of(const opening_entry&) { return "opened"; }

std::string fields_of(const backup_record& run) {
  std::string out = "run " + std::to_string(run.started_at) + ' ' + std::to_string(run.ended_at);
  for (const auto member : numbers_of_a_run) out += ' ' + std::to_string(run.*member);
  for (const auto member : texts_of_a_run) {
    const std::string& text = run.*member;
    out += ' ' + (text.empty() ? std::string(no_text) : to_hex(std::string_view(text)));
  }
  return out;
}

std::string fields_of(const seal& what) {
  std::string out = "seal " + std::to_string(what.database_octets) + ' ' + to_hex(what.database);
  for (const auto& e : what.mail) {
    out += ' ' + std::to_string(e.segment) + ':' + std::to_string(e.from) + '-' + std::to_string(e.to) + ':' +
           to_hex(e.sum);
  }
  return out;
}

std::optional<backup_record> run_from(std::string_view& from) {
  backup_record out;
  if (!take_number(from, out.started_at) || !take_number(from, out.ended_at)) return std::nullopt;
  for (const auto member : numbers_of_a_run) {
    if (!take_number(from, out.*member)) return std::nullopt;
  }
  for (const auto member : texts_of_a_run) {
    if (!take_text(from, out.*member)) return std::nullopt;
  }
  return out;
}

std::optional<sealed_extent> extent_from(std::string_view word) {
  sealed_extent out;
  if (!number_from(take(word, ':'), out.segment) || !number_from(take(word, '-'), out.from) ||
      !number_from(take(word, ':'), out.to)) {
    return std::nullopt;
  }
  const auto sum = digest_from_hex(word);
  if (!sum || out.segment < 1 || out.to <= out.from) return std::nullopt;
  out.sum = *sum;
  return out;
}

std::optional<seal> seal_from(std::string_view& from) {
  seal out;
  if (!take_number(from, out.database_octets) || !take_digest(from, out.database)) return std::nullopt;
  while (from.find(':') != std::string_view::npos) {
    const auto extent = extent_from(take(from, ' '));
    if (!extent) return std::nullopt;
    out.mail.push_back(*extent);
  }
  return out;
}

bool take_fields(std::string_view& from, run_entry& into) {
  const auto kind = take(from, ' ');
  if (kind == "opened") return true;
  if (kind == "run") {
    auto run = run_from(from);
    if (run) into.what = std::move(*run);
    return run.has_value();
  }
  if (kind != "seal") return false;
  auto sealed = seal_from(from);
  if (sealed) into.what = std::move(*sealed);
  return sealed.has_value();
}

}  // namespace

result<std::string> line_of(const run_entry& what) {
  const auto text = std::to_string(what.number) + ' ' + std::to_string(what.at) + ' ' +
                    std::visit([](const auto& kind) { return fields_of(kind); }, what.what) + ' ' +
                    to_hex(what.previous);
  digester sum;
  const auto whole = sum.of(text);
  if (!whole) return tl::unexpected(whole.error());
  return text + ' ' + to_hex(*whole);
}

std::optional<run_entry> entry_from(std::string_view line) {
  auto rest = line;
  run_entry out;
  if (!take_number(rest, out.number) || !take_number(rest, out.at) || !take_fields(rest, out)) return std::nullopt;
  if (!take_digest(rest, out.previous) || !take_digest(rest, out.sum) || !rest.empty()) return std::nullopt;
  // Whatever else can be written in two ways is found out here.
  const auto again = line_of(out);
  if (!again || *again != line) return std::nullopt;
  return out;
}

}  // namespace outmap::cache
