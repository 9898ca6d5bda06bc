#include "cli/json_events.hpp"

#include <algorithm>

#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

json json_of(const std::optional<char>& delimiter) {
  return delimiter ? json(std::string(1, *delimiter)) : json(nullptr);
}

json json_of(const std::vector<login_step>& steps) {
  json out = json::array();
  for (const auto& s : steps) out.push_back(cli::json_of(s));
  return out;
}

json json_of(const std::optional<tls_report>& tls) { return tls ? cli::json_of(*tls) : json(nullptr); }

}  // namespace

std::string_view name_of(tls_mode mode) noexcept {
  switch (mode) {
    case tls_mode::implicit: return "implicit";
    case tls_mode::starttls: return "starttls";
    case tls_mode::none: return "none";
  }
  return "none";
}

json json_of(const tls_report& tls) {
  return {{"version", tls.version},     {"cipher", tls.cipher},
          {"subject", tls.subject},     {"issuer", tls.issuer},
          {"names", tls.names},         {"not_before", tls.not_before},
          {"not_after", tls.not_after}, {"fingerprint", tls.fingerprint}};
}

json json_of(const login_step& step) {
  json out = {{"mechanism", to_string(step.which)}, {"outcome", step.outcome}};
  if (!step.detail.empty()) out["detail"] = step.detail;
  if (!step.server_text.empty()) out["server_text"] = step.server_text;
  return out;
}

json json_of(const probe_report& report) {
  json tried = json::array();
  json passed_over = json::array();
  for (const auto& s : report.ladder) {
    if (would_be_tried(s))
      tried.push_back(to_string(s.which));
    else
      passed_over.push_back(json_of(s));
  }
  return {{"peer", report.peer},
          {"greeting", report.greeting},
          {"tls", name_of(report.tls)},
          {"certificate", json_of(report.certificate)},
          {"capabilities_before_tls", report.capabilities_before_tls},
          {"capabilities", report.capabilities},
          {"mechanisms", mechanisms_of(report.capabilities)},
          {"would_try", std::move(tried)},
          {"would_pass_over", std::move(passed_over)}};
}

json json_of(const login_report& report) {
  return {{"peer", report.peer},
          {"user", report.user},
          {"preauthenticated", report.preauthenticated},
          {"certificate", json_of(report.certificate)},
          {"capabilities", report.capabilities},
          {"steps", json_of(report.steps)}};
}

json json_of(const folder_info& folder) {
  return {{"name", folder.name},
          {"mailbox", folder.mailbox.wire()},
          {"delimiter", json_of(folder.delimiter)},
          {"selectable", folder.selectable},
          {"subscribed", folder.subscribed},
          {"unseen", folder.unseen ? json(*folder.unseen) : json()}};
}

json json_of(const folder_report& f) {
  json out = {{"name", f.name},
              {"mailbox", f.mailbox.wire()},
              {"exists", f.exists},
              {"added", f.added},
              {"flags_changed", f.flags_changed},
              {"vanished", f.vanished},
              {"bodies", f.bodies},
              {"bytes", f.body_octets},
              {"adopted", f.adopted},
              {"quarantined", f.quarantined},
              {"uid_validity_changed", f.uid_validity_changed}};
  if (f.forecast) {
    out["pending"] = f.forecast->pending;
    out["new_folder"] = f.forecast->is_new;
    out["given_up"] = f.forecast->given_up;
  }
  if (f.failure) out["error"] = json_of(*f.failure, advice(f.failure->code));
  return out;
}

json json_of(const stored_folder& f) {
  return {{"name", f.name},
          {"mailbox", f.mailbox.wire()},
          {"delimiter", json_of(f.delimiter)},
          {"selectable", f.selectable},
          {"subscribed", f.subscribed},
          {"gone", f.gone},
          {"uid_validity", f.uid_validity.value},
          {"exists", f.exists},
          {"scanned_at", f.scanned_at == 0 ? json(nullptr) : json(iso_utc_text(f.scanned_at))},
          {"messages", f.messages},
          {"bodies", f.bodies},
          {"bytes", f.body_octets},
          {"unsent", f.unsent},
          {"created_by", f.created_by == 0 ? json(nullptr) : json(f.created_by)},
          {"expunged", f.expunged},
          {"quarantined", f.quarantined},
          {"unconfirmed", f.unconfirmed}};
}

json json_of(const progress& now) {
  return {{"folder", now.folder},
          {"folders_done", now.folders_done},
          {"folders_total", now.folders_total},
          {"messages_done", now.messages_done},
          {"messages_total", now.messages_total},
          {"bytes", now.octets}};
}

json json_of(const flag_set& flags) {
  json out = json::array();
  const auto text = flags.to_string();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

json json_of(const stored_message& m) {
  json out = {{"uid", m.unsent ? json(nullptr) : json(m.uid.value)}, {"flags", json_of(m.flags)}};
  if (m.unsent) out["change"] = m.unsent->change;
  if (m.unsent && m.unsent->source.value != 0) out["source_uid"] = m.unsent->source.value;
  out["size"] = m.size ? json(*m.size) : json(nullptr);
  out["date"] = m.date ? json(iso_text(*m.date)) : json(nullptr);
  out["bytes"] = m.body_octets ? json(*m.body_octets) : json(nullptr);
  out["sha256"] = m.body_digest.empty() ? json(nullptr) : json(m.body_digest);
  return out;
}

std::vector<std::string> mechanisms_of(const std::vector<std::string>& capabilities) {
  std::vector<std::string> out;
  constexpr std::string_view prefix = "AUTH=";
  for (const auto& c : capabilities) {
    const bool offers =
        c.size() > prefix.size() && std::equal(prefix.begin(), prefix.end(), c.begin(), [](char a, char b) {
          return a == (b >= 'a' && b <= 'z' ? static_cast<char>(b - 'a' + 'A') : b);
        });
    if (offers) out.push_back(c.substr(prefix.size()));
  }
  return out;
}

bool would_be_tried(const login_step& step) { return step.outcome == "refused" || step.outcome == "would be tried"; }

}  // namespace outmap::cli
