// outmap list: the messages of a folder in the cache.
#include <CLI/CLI.hpp>
#include <deque>

#include "cli/command.hpp"
#include "cli/json_events.hpp"
#include "cli/one_folder.hpp"
#include "cli/table.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t longest_field = 300;

class list_command final : public command {
 public:
  std::string_view name() const override { return "list"; }
  std::string_view summary() const override { return "List the messages of a folder in the local cache"; }
  std::string_view examples() const override {
    return "Works without network and password. Flags: S seen, R answered, F flagged, D draft, T deleted, * "
           "keywords.\n"
           "A message that is not on the server yet has no UID, but the number of the change that sends it: +4, and "
           "+4/17\n"
           "where that is a copy or move of UID 17. `outmap show` takes both.\n\n"
           "Examples:\n"
           "  outmap list INBOX --limit 20\n"
           "  outmap list 'Projects/2024' --json";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  [[nodiscard]] result<std::deque<stored_message>> newest(one_folder& in, const interruption& stop) const;

  std::string folder_;
  std::uint64_t limit_ = 0;
};

void list_command::declare(CLI::App& app) {
  app.add_option("FOLDER", folder_, "The folder, as `outmap status` shows it")->required();
  app.add_option_function<std::string>(
         "--limit",
         [this](const std::string& text) {
           const auto n = number_from(text, 1, UINT32_MAX);
           if (!n) throw CLI::ValidationError("--limit", n.error().detail);
           limit_ = *n;
         },
         "Only the last N messages (default: all)")
      ->type_name("N")
      ->group("List");
}

result<std::deque<stored_message>> list_command::newest(one_folder& in, const interruption& stop) const {
  std::deque<stored_message> out;
  auto ok = in.from.messages(in.folder.mailbox, [&](const stored_message& m) {
    out.push_back(m);
    if (limit_ > 0 && out.size() > limit_) out.pop_front();
    return !stop.requested();
  });
  if (!ok) return tl::unexpected(ok.error());
  return out;
}

outcome list_command::run(surroundings& with) {
  auto in = open_folder(with.options, folder_);
  if (!in) return not_found(in.error());
  const auto messages = newest(*in, with.stop);
  if (!messages) return outcome::of(messages.error());
  table t({{"UID", align::right},
           {"Flags", align::left},
           {"Date", align::left},
           {"From", align::left, 12},
           {"Subject", align::left, 12}});
  std::uint64_t shown = 0;
  for (const auto& m : *messages) {
    if (with.stop.requested()) return outcome::of(error(errc::cancelled));
    if (with.out.reader_gone()) break;
    const auto header =
        m.unsent ? in->from.header(in->folder.mailbox, *m.unsent) : in->from.header(in->folder.mailbox, m.uid);
    if (!header && header.error().code != errc::no_such_message) return outcome::of(header.error());
    const auto fields = header ? summarize(*header) : header_summary();
    ++shown;
    if (with.out.json_mode()) {
      json event = {{"folder", in->folder.name}};
      event.update(json_of(m));
      event.update({{"from", fields.from},
                    {"subject", fields.subject},
                    {"header_date", fields.date},
                    {"message_id", fields.message_id}});
      with.out.event("message", event);
    } else {
      t.add({message_name(m), flag_letters(m.flags), date_text(m, fields), printable(fields.from, longest_field),
             printable(fields.subject, longest_field)});
    }
  }
  if (!t.empty()) print_table(with.out, t);
  outcome out;
  out.counts = {{"messages", shown}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_list_command() { return std::make_unique<list_command>(); }

}  // namespace outmap::cli
