// outmap status: what the cache holds.
#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "cli/json_events.hpp"
#include "cli/quantity.hpp"
#include "cli/table.hpp"
#include "outmap/store.hpp"

namespace outmap::cli {
namespace {

class status_command final : public command {
 public:
  std::string_view name() const override { return "status"; }
  std::string_view summary() const override { return "Show what the local cache holds, folder by folder"; }
  std::string_view examples() const override {
    return "Works without network and password.\n\n"
           "Examples:\n"
           "  outmap status\n"
           "  outmap status --cache backup.outmap --json";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App&) override {}
  outcome run(surroundings& with) override;
};

std::string remark(const stored_folder& f) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (f.gone) add("gone from the server");
  if (f.created_by != 0) add("not on the server yet");
  if (f.unsent > 0) add(std::to_string(f.unsent) + " not sent yet");
  if (!f.selectable) add("cannot hold messages");
  if (f.expunged > 0) add(std::to_string(f.expunged) + " removed on the server");
  if (f.quarantined > 0) add(std::to_string(f.quarantined) + " not delivered by the server");
  if (f.unconfirmed > 0) add(std::to_string(f.unconfirmed) + " not confirmed by the server");
  if (f.messages > f.bodies) add(std::to_string(f.messages - f.bodies) + " without text yet");
  return out;
}

outcome status_of(const chosen_cache& which, output& out) {
  auto opened = store::open(which.file);
  if (!opened) return outcome::of(opened.error());
  const auto whose = opened->account();
  if (!whose) return outcome::of(whose.error());
  const auto folders = opened->folders();
  if (!folders) return outcome::of(folders.error());
  outcome result;
  std::uint64_t messages = 0;
  std::uint64_t bodies = 0;
  table t({{"Folder", align::left, 20},
           {"Messages", align::right},
           {"On server", align::right},
           {"Size", align::right},
           {"Last scan", align::left},
           {"", align::left, 10}});
  for (const auto& f : *folders) {
    json fields = {{"account", *whose}};
    fields.update(json_of(f));
    out.event("folder", fields);
    t.add({printable(f.name), std::to_string(f.messages), std::to_string(f.exists), octets_text(f.body_octets),
           f.scanned_at == 0 ? "never" : local_time_text(f.scanned_at), remark(f)});
    messages += f.messages;
    bodies += f.bodies;
    result.octets += f.body_octets;
  }
  out.print(printable(*whose, 512) + " in " + printable(which.file.string(), 4096) + ": " +
            counted(folders->size(), "folder", "folders") + ", " + counted(messages, "message", "messages") + ", " +
            octets_text(result.octets));
  if (!folders->empty()) print_table(out, t);
  result.counts = {{"folders", folders->size()}, {"messages", messages}, {"bodies", bodies}};
  return result;
}

outcome status_command::run(surroundings& with) {
  const auto caches = choose_caches(with.options, how_many::all);
  if (!caches) return outcome::of(caches.error());
  if (caches->size() == 1) return status_of(caches->front(), with.out);
  outcome whole;
  std::vector<exit_code> codes;
  for (const auto& c : *caches) {
    auto one = status_of(c, with.out);
    codes.push_back(one.code);
    whole.octets += one.octets;
    for (const auto& [key, value] : one.counts.items())
      whole.counts[key] = whole.counts.value(key, std::uint64_t{0}) + value.get<std::uint64_t>();
    json event = {{"account", c.account},
                  {"exit_code", static_cast<int>(one.code)},
                  {"counts", one.counts},
                  {"bytes", one.octets}};
    if (one.problem) event["error"] = json_of(*one.problem, advice(one.problem->code));
    with.out.event("account", event);
    if (!one.problem) continue;
    with.out.failure(printable(c.account, 256) + ": " + sentence(*one.problem), advice(one.problem->code));
    if (!whole.problem) whole.problem = std::move(one.problem);
  }
  whole.code = combined(codes);
  whole.told = true;
  if (whole.code == exit_code::partial) whole.problem = error(errc::incomplete, "not all caches could be read");
  return whole;
}

}  // namespace

std::unique_ptr<command> make_status_command() { return std::make_unique<status_command>(); }

}  // namespace outmap::cli
