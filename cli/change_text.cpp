#include "cli/change_text.hpp"

#include "cli/json_events.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t name_octets = 512;
constexpr std::size_t longest_list = 400;

std::string shown(const mailbox_name& name) { return printable(name.wire(), name_octets); }

std::string flag_changes(const flag_change& flags) {
  std::string out;
  const auto add = [&](char sign, std::uint8_t bits) {
    if (bits == 0) return;
    if (!out.empty()) out += ' ';
    out += sign;
    out += '(' + flags_text(bits) + ')';
  };
  add('+', flags.add);
  add('-', flags.remove);
  return out;
}

void add_wish(json& out, const queued_change& c) {
  out["mailbox"] = c.mailbox.wire();
  out["destination"] = c.destination.wire().empty() ? json(nullptr) : json(c.destination.wire());
  out["uids"] = c.uids.empty() ? json(nullptr) : json(c.uids.to_string());
  out["add"] = json_of(flag_set(c.flags.add));
  out["remove"] = json_of(flag_set(c.flags.remove));
  if (c.kind != change_kind::append) return;
  out["flags"] = json_of(flag_set(c.appended_flags));
  out["date"] = c.date ? json(iso_text(*c.date)) : json(nullptr);
  out["bytes"] = c.octets;
  out["sha256"] = c.digest;
  out["message_id"] = c.message_id;
}

}  // namespace

std::string flags_text(std::uint8_t system_bits) { return flag_set(system_bits).to_string(); }

std::string change_text(const queued_change& c) {
  const auto messages = [&] { return counted(c.uids.size(), "message", "messages"); };
  switch (c.kind) {
    case change_kind::store: return "mark " + messages() + " of " + shown(c.mailbox) + ' ' + flag_changes(c.flags);
    case change_kind::copy:
    case change_kind::move:
      return std::string(to_string(c.kind)) + ' ' + messages() + " from " + shown(c.mailbox) + " to " +
             shown(c.destination);
    case change_kind::append: return "append a message of " + octets_text(c.octets) + " to " + shown(c.mailbox);
    case change_kind::expunge: return "purge " + messages() + " of " + shown(c.mailbox);
    case change_kind::rename: return "rename folder " + shown(c.mailbox) + " to " + shown(c.destination);
    default: return std::string(to_string(c.kind)) + " folder " + shown(c.mailbox);
  }
}

std::string uids_text(const uid_set& uids) {
  auto out = uids.to_string();
  if (out.size() > longest_list) out = out.substr(0, out.rfind(',', longest_list)) + ", …";
  return out;
}

std::string planned_text(const queued_change& c) {
  return change_text(c) + (c.uids.empty() ? "" : ": UID " + uids_text(c.uids));
}

bool is_to_be_sent(const queued_change& c, std::int64_t now) {
  return (c.state == change_state::waiting || c.state == change_state::in_doubt) && c.not_before <= now;
}

std::string remark_text(const queued_change& c) {
  std::string out = printable(c.reason, name_octets);
  if (!c.server_text.empty()) {
    out += (out.empty() ? "" : "; ") + ("the server said: " + printable(c.server_text, name_octets));
  }
  if (c.attempts > 0) out += (out.empty() ? "" : "; ") + ("tried " + counted(c.attempts, "time", "times"));
  return out;
}

json json_of(const queued_change& c) {
  json out = {{"change", c.id}, {"kind", to_string(c.kind)}, {"state", to_string(c.state)}};
  add_wish(out, c);
  out["recorded"] = iso_utc_text(c.queued_at);
  out["attempts"] = c.attempts;
  out["not_before"] = c.not_before == 0 ? json(nullptr) : json(iso_utc_text(c.not_before));
  out["reason"] = c.reason;
  out["server_text"] = c.server_text;
  return out;
}

json json_of_planned(const queued_change& c) {
  json out = {{"kind", to_string(c.kind)}};
  add_wish(out, c);
  return out;
}

}  // namespace outmap::cli
