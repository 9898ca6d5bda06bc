// outmap show: one message of the cache.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <variant>

#include "cli/command.hpp"
#include "cli/connection_text.hpp"
#include "cli/json_events.hpp"
#include "cli/one_folder.hpp"
#include "cli/quantity.hpp"
#include "outmap/readable.hpp"

namespace outmap::cli {
namespace {

using message_id = std::variant<uid, unsent_message>;

std::uint64_t number(const std::string& text, std::uint64_t most) {
  const auto n = number_from(text, 1, most);
  if (!n) throw CLI::ValidationError("UID", n.error().detail);
  return *n;
}

uid uid_from(const std::string& text) { return uid{static_cast<std::uint32_t>(number(text, UINT32_MAX))}; }

// As message_name() writes it.
message_id named(const std::string& text) {
  if (!text.starts_with('+')) return uid_from(text);
  const auto slash = std::min(text.find('/'), text.size());
  unsent_message out;
  out.change = static_cast<change_id>(number(text.substr(1, slash - 1), INT64_MAX));
  if (slash < text.size()) out.source = uid_from(text.substr(slash + 1));
  return out;
}

// What the store knows of a message, whichever way it is named.
class named_message {
 public:
  named_message(one_folder& in, message_id which) : in_(in), which_(which) {}

  [[nodiscard]] const std::string& folder() const { return in_.folder.name; }
  result<stored_message> facts() {
    return std::visit([&](const auto& which) { return in_.from.message(in_.folder.mailbox, which); }, which_);
  }
  result<std::string> header() {
    return std::visit([&](const auto& which) { return in_.from.header(in_.folder.mailbox, which); }, which_);
  }
  result<void> body(const std::function<bool(std::string_view)>& take) {
    return std::visit([&](const auto& which) { return in_.from.body(in_.folder.mailbox, which, take); }, which_);
  }

 private:
  one_folder& in_;
  message_id which_;
};

class show_command final : public command {
 public:
  std::string_view name() const override { return "show"; }
  std::string_view summary() const override { return "Show a message of the local cache"; }
  std::string_view examples() const override {
    return "Works without network and password. Without --raw the text comes decoded, HTML as its text,\n"
           "attachments by name, and whatever could upset a terminal is escaped; with it the exact octets\n"
           "come, as the server sent them. What is not on the server yet is named as `outmap list` shows it:\n"
           "+4, or +4/17.\n\n"
           "Examples:\n"
           "  outmap show INBOX 17\n"
           "  outmap show INBOX 17 --raw > message.eml\n"
           "  outmap show Drafts +4";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  static outcome show_raw(named_message what, surroundings& with);
  static outcome show_text(named_message what, surroundings& with);
  static outcome show_json(named_message what, surroundings& with);
  static result<std::string> text_of(named_message what, surroundings& with, std::uint64_t& octets);

  std::string folder_;
  message_id which_;
  bool raw_ = false;
};

// A line without end is shown in parts rather than escaped as a whole.
constexpr std::size_t longest_line = 8192;

// A tab is the one control character that a text legitimately holds.
std::string with_tabs(std::string_view line) {
  std::string out;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find('\t', begin), line.size());
    out += printable(line.substr(begin, end - begin), longest_line);
    if (end < line.size()) out += '\t';
    begin = end + 1;
  }
  return out;
}

// A character that a cut would tear apart goes to the next part.
std::size_t part_octets(std::string_view line) {
  std::size_t cut = std::min(line.size(), longest_line);
  if (cut == line.size()) return cut;
  while (cut > longest_line - 4 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  return cut;
}

void print_lines(output& out, std::string_view text) {
  while (!text.empty() && !out.reader_gone()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    do {
      const auto octets = part_octets(line);
      out.print(with_tabs(line.substr(0, octets)));
      line.remove_prefix(octets);
    } while (!line.empty());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void show_command::declare(CLI::App& app) {
  app.add_option("FOLDER", folder_, "The folder, as `outmap status` shows it")->required();
  app.add_option_function<std::string>(
         "UID", [this](const std::string& text) { which_ = named(text); }, "The message, as `outmap list` shows it")
      ->required();
  app.add_flag_function(
         "--raw", [this](std::int64_t) { raw_ = true; }, "The exact octets of the message")
      ->disable_flag_override()
      ->group("Show");
}

outcome show_command::show_raw(named_message what, surroundings& with) {
  outcome out;
  auto ok = what.body([&](std::string_view piece) {
    out.octets += piece.size();
    with.out.raw(piece);
    return !with.out.reader_gone() && with.out.problem() == 0 && !with.stop.requested();
  });
  if (!ok) return outcome::of(ok.error());
  if (with.stop.requested()) return outcome::of(error(errc::cancelled));
  return out;
}

// As much of the message as is taken apart; the rest is counted only.
result<std::string> show_command::text_of(named_message what, surroundings& with, std::uint64_t& octets) {
  const readable_limits limits;
  std::string out;
  auto ok = what.body([&](std::string_view piece) {
    octets += piece.size();
    out += piece.substr(0, limits.octets + 1 - out.size());
    return !with.stop.requested();
  });
  if (!ok) return tl::unexpected(std::move(ok.error()));
  if (with.stop.requested()) return fail(errc::cancelled);
  return out;
}

std::string attachment_text(const attachment& one) {
  return (one.name.empty() ? std::string("(no name)") : one.name) + ", " + one.type + ", " + octets_text(one.octets);
}

outcome show_command::show_text(named_message what, surroundings& with) {
  const auto facts = what.facts();
  if (!facts) return not_found(facts.error());
  outcome result;
  readable_message message;
  if (facts->body_digest.empty()) {
    const auto header = what.header();
    if (!header) return outcome::of(header.error());
    message = make_readable(*header);
    message.text = "(The text is not in the cache yet.)\n";
  } else {
    const auto octets = text_of(what, with, result.octets);
    if (!octets) return outcome::of(octets.error());
    message = make_readable(*octets);
  }
  auto& out = with.out;
  const auto print_field = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) out.print(labelled(label, value));
  };
  out.print(labelled("From", message.from));
  print_field("To", message.to);
  print_field("Cc", message.cc);
  out.print(labelled("Subject", message.subject));
  out.print(labelled("Date", message.date));
  if (facts->date) out.print(labelled("Received", iso_text(*facts->date)));
  out.print(labelled("Message-ID", message.message_id));
  out.print(labelled("Flags", facts->flags.to_string()));
  if (facts->body_octets) out.print(labelled("Size", octets_text(*facts->body_octets)));
  for (const auto& one : message.attachments) out.print(labelled("Attachment", attachment_text(one)));
  out.print("");
  print_lines(out, message.text);
  if (!message.whole) out.warn("the message is too large or too deep to be shown whole; --raw has all of it");
  return result;
}

outcome show_command::show_json(named_message what, surroundings& with) {
  const auto facts = what.facts();
  if (!facts) return not_found(facts.error());
  const auto header = what.header();
  if (!header) return outcome::of(header.error());
  const auto fields = summarize(*header);
  json event = {{"folder", what.folder()}};
  event.update(json_of(*facts));
  event.update({{"from", fields.from},
                {"subject", fields.subject},
                {"header_date", fields.date},
                {"message_id", fields.message_id},
                {"header", *header}});
  std::string whole;
  if (!facts->body_digest.empty()) {
    auto ok = what.body([&](std::string_view piece) {
      whole += piece;
      return !with.stop.requested();
    });
    if (!ok) return outcome::of(ok.error());
    if (with.stop.requested()) return outcome::of(error(errc::cancelled));
    const auto message = make_readable(whole);
    json attachments = json::array();
    for (const auto& one : message.attachments) {
      attachments.push_back({{"name", one.name}, {"type", one.type}, {"octets", one.octets}});
    }
    event.update({{"to", message.to}, {"cc", message.cc}, {"text", message.text}, {"attachments", attachments}});
    event["content"] = whole;
  }
  with.out.event("message", event);
  outcome out;
  out.octets = whole.size();
  return out;
}

outcome show_command::run(surroundings& with) {
  if (raw_ && with.out.json_mode()) {
    error both(errc::invalid_argument, "--raw and --json exclude each other: JSON cannot hold arbitrary octets");
    return outcome::of(std::move(both));
  }
  auto in = open_folder(with.options, folder_);
  if (!in) return not_found(in.error());
  const named_message what(*in, which_);
  auto out = raw_ ? show_raw(what, with) : with.out.json_mode() ? show_json(what, with) : show_text(what, with);
  if (!out.problem) out.counts = {{"messages", 1}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_show_command() { return std::make_unique<show_command>(); }

}  // namespace outmap::cli
