// outmap show: one message of the cache.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "cli/command.hpp"
#include "cli/connection_text.hpp"
#include "cli/json_events.hpp"
#include "cli/one_folder.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

class show_command final : public command {
 public:
  std::string_view name() const override { return "show"; }
  std::string_view summary() const override { return "Show a message of the local cache"; }
  std::string_view examples() const override {
    return "Works without network and password. Without --raw whatever could upset a terminal is escaped;\n"
           "with it the exact octets come, as the server sent them.\n\n"
           "Examples:\n"
           "  outmap show INBOX 17\n"
           "  outmap show INBOX 17 --raw > message.eml";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  outcome show_raw(one_folder& in, surroundings& with) const;
  outcome show_text(one_folder& in, surroundings& with) const;
  outcome show_json(one_folder& in, surroundings& with) const;

  std::string folder_;
  std::uint32_t uid_ = 0;
  bool raw_ = false;
};

// Turns pieces of a message into lines, past its header.
class line_printer {
 public:
  explicit line_printer(output& out) : out_(out) {}
  void take(std::string_view piece) {
    for (const char c : piece) {
      if (c == '\n')
        end_line();
      else
        line_ += c;
      // A line without end is shown in parts rather than kept whole.
      if (line_.size() >= longest_line) print();
    }
  }
  void finish() {
    if (!line_.empty()) end_line();
  }

 private:
  void end_line() {
    if (line_.ends_with('\r')) line_.pop_back();
    // The rest of a line that was cut may be empty: only a whole empty line ends the header.
    const bool rest = std::exchange(cut_, false);
    if (in_header_) {
      in_header_ = rest || !line_.empty();
      line_.clear();
      return;
    }
    if (!rest || !line_.empty()) print();
    cut_ = false;
  }
  void print() {
    if (!in_header_) out_.print(with_tabs(line_));
    cut_ = true;
    line_.clear();
  }
  // A tab is the one control character that a text legitimately holds.
  static std::string with_tabs(const std::string& line) {
    std::string out;
    for (std::size_t begin = 0; begin <= line.size();) {
      const auto end = std::min(line.find('\t', begin), line.size());
      out += printable(std::string_view(line).substr(begin, end - begin), longest_line);
      if (end < line.size()) out += '\t';
      begin = end + 1;
    }
    return out;
  }

  static constexpr std::size_t longest_line = 8192;
  output& out_;
  std::string line_;
  bool in_header_ = true;
  bool cut_ = false;  // parts of this line have gone
};

void show_command::declare(CLI::App& app) {
  app.add_option("FOLDER", folder_, "The folder, as `outmap status` shows it")->required();
  app.add_option_function<std::string>(
         "UID",
         [this](const std::string& text) {
           const auto n = number_from(text, 1, UINT32_MAX);
           if (!n) throw CLI::ValidationError("UID", n.error().detail);
           uid_ = static_cast<std::uint32_t>(*n);
         },
         "The message, as `outmap list` shows it")
      ->required();
  app.add_flag_function(
         "--raw", [this](std::int64_t) { raw_ = true; }, "The exact octets of the message")
      ->disable_flag_override()
      ->group("Show");
}

outcome show_command::show_raw(one_folder& in, surroundings& with) const {
  outcome out;
  auto ok = in.from.body(in.folder.mailbox, uid{uid_}, [&](std::string_view piece) {
    out.octets += piece.size();
    with.out.raw(piece);
    return !with.out.reader_gone() && with.out.problem() == 0 && !with.stop.requested();
  });
  if (!ok) return outcome::of(ok.error());
  if (with.stop.requested()) return outcome::of(error(errc::cancelled));
  return out;
}

outcome show_command::show_text(one_folder& in, surroundings& with) const {
  const auto facts = in.from.message(in.folder.mailbox, uid{uid_});
  if (!facts) return not_found(facts.error());
  const auto header = in.from.header(in.folder.mailbox, uid{uid_});
  if (!header) return outcome::of(header.error());
  const auto fields = summarize(*header);
  auto& out = with.out;
  out.print(labelled("From", fields.from));
  out.print(labelled("Subject", fields.subject));
  out.print(labelled("Date", fields.date));
  if (facts->date) out.print(labelled("Received", iso_text(*facts->date)));
  out.print(labelled("Message-ID", fields.message_id));
  out.print(labelled("Flags", facts->flags.to_string()));
  if (facts->body_octets) out.print(labelled("Size", octets_text(*facts->body_octets)));
  out.print("");
  outcome result;
  if (facts->body_digest.empty()) {
    out.print("(The text is not in the cache yet.)");
    return result;
  }
  line_printer lines(out);
  auto ok = in.from.body(in.folder.mailbox, uid{uid_}, [&](std::string_view piece) {
    result.octets += piece.size();
    lines.take(piece);
    return !out.reader_gone() && out.problem() == 0 && !with.stop.requested();
  });
  if (!ok) return outcome::of(ok.error());
  if (with.stop.requested()) return outcome::of(error(errc::cancelled));
  lines.finish();
  return result;
}

outcome show_command::show_json(one_folder& in, surroundings& with) const {
  const auto facts = in.from.message(in.folder.mailbox, uid{uid_});
  if (!facts) return not_found(facts.error());
  const auto header = in.from.header(in.folder.mailbox, uid{uid_});
  if (!header) return outcome::of(header.error());
  const auto fields = summarize(*header);
  json event = {{"folder", in.folder.name}};
  event.update(json_of(*facts));
  event.update({{"from", fields.from},
                {"subject", fields.subject},
                {"header_date", fields.date},
                {"message_id", fields.message_id},
                {"header", *header}});
  std::string whole;
  if (!facts->body_digest.empty()) {
    auto ok = in.from.body(in.folder.mailbox, uid{uid_}, [&](std::string_view piece) {
      whole += piece;
      return !with.stop.requested();
    });
    if (!ok) return outcome::of(ok.error());
    if (with.stop.requested()) return outcome::of(error(errc::cancelled));
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
  auto out = raw_ ? show_raw(*in, with) : with.out.json_mode() ? show_json(*in, with) : show_text(*in, with);
  if (!out.problem) out.counts = {{"messages", 1}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_show_command() { return std::make_unique<show_command>(); }

}  // namespace outmap::cli
