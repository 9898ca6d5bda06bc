#include <map>
#include <optional>
#include <utility>

#include "outmap/audit.hpp"
#include "profile/audit_connection.hpp"
#include "profile/audit_form.hpp"
#include "profile/audit_rawlog_feed.hpp"
#include "profile/audit_transcript_reader.hpp"

namespace outmap {

using profile::audit_connection;
using profile::audit_form;
using profile::audit_line_reader;

class auditor::state {
 public:
  state(audit_options options, audit_observer& to) {
    all_.options = std::move(options);
    all_.to = &to;
  }

  result<void> transcript(const audit_stream& text);
  result<void> rawlog(const std::string& client_name, std::optional<audit_line_reader> client,
                      const std::string& server_name, std::optional<audit_line_reader> server);
  profile::audit_context all_;

 private:
  result<void> both_sides(const std::string& name, audit_line_reader& lines, audit_form form);
};

result<void> auditor::state::transcript(const audit_stream& text) {
  audit_line_reader lines(text.read);
  const auto begin = lines.begin();
  if (!begin) return tl::unexpected(begin.error());
  switch (const auto form = profile::form_of(*begin)) {
    case audit_form::text:
    case audit_form::combined: return both_sides(text.name, lines, form);
    case audit_form::client_rawlog: return rawlog(text.name, std::move(lines), {}, std::nullopt);
    case audit_form::server_rawlog: return rawlog({}, std::nullopt, text.name, std::move(lines));
    case audit_form::empty: return {};
    case audit_form::unknown: break;
  }
  return fail(errc::invalid_argument,
              text.name + " is no IMAP transcript: neither lines that begin with C: and S: nor a rawlog");
}

result<void> auditor::state::both_sides(const std::string& name, audit_line_reader& lines, audit_form form) {
  profile::audit_transcript_reader reader(lines, form);
  profile::audit_sight sees;
  sees.client_file = sees.server_file = name;
  sees.whole_octets = form == audit_form::combined;
  std::map<unsigned, std::optional<audit_connection>> sessions;
  // Where connections are noted, greetings begin none: a traced body could hold one.
  bool noted = false;
  profile::audit_line line;
  while (true) {
    auto more = reader.next(line);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    using profile::audit_side;
    const bool note = line.side == audit_side::note;
    const bool connects = note && line.text.starts_with("connected to ");
    const bool greets =
        line.side == audit_side::server && (line.text.starts_with("* OK") || line.text.starts_with("* PREAUTH"));
    noted = noted || connects;
    auto& now = sessions[line.session];
    if (now && (connects || (!noted && greets && now->said_bye()))) {
      now->end();
      now.reset();
    }
    if (note && !connects && !now) continue;
    if (!now) now.emplace(all_, sees);
    if (note) now->note(line.text);
    if (line.side == audit_side::client) now->client(line);
    if (line.side == audit_side::server) now->server(line);
  }
  for (auto& [number, now] : sessions) {
    if (now) now->end();
  }
  if (reader.passed_over() > 0) {
    all_.to->on_remark(name, std::to_string(reader.passed_over()) +
                                 " lines are neither the client's nor the server's and were passed over");
  }
  return {};
}

result<void> auditor::state::rawlog(const std::string& client_name, std::optional<audit_line_reader> client,
                                    const std::string& server_name, std::optional<audit_line_reader> server) {
  profile::audit_sight sees;
  sees.client_file = client_name.empty() ? server_name : client_name;
  sees.server_file = server_name;
  sees.server = server.has_value();
  sees.whole_octets = true;
  for (auto* half : {&client, &server}) {
    if (!*half) continue;
    const auto begin = (*half)->begin();
    if (!begin) return tl::unexpected(begin.error());
    if (profile::form_of(*begin) == audit_form::unknown) {
      return fail(errc::invalid_argument,
                  (half == &client ? client_name : server_name) + " is no rawlog of an IMAP connection");
    }
  }
  const bool both = client && server;
  profile::audit_rawlog_feed feed(std::move(client), std::move(server));
  if (auto ok = feed.open(); !ok) return ok;
  sees.order = feed.order();
  if (!both) {
    all_.to->on_remark(sees.client_file,
                       sees.server ? "only what the server said: there is nothing to judge"
                                   : "only what the client said: states, capabilities and order were not judged");
  } else if (!sees.order) {
    all_.to->on_remark(sees.client_file, "no times: pipelining and waiting were not judged");
  }
  audit_connection connection(all_, sees);
  return feed.run(connection);
}

auditor::auditor(audit_options options, audit_observer& to) : state_(std::make_unique<state>(std::move(options), to)) {}
auditor::~auditor() = default;
auditor::auditor(auditor&&) noexcept = default;
auditor& auditor::operator=(auditor&&) noexcept = default;

result<void> auditor::transcript(audit_stream text) { return state_->transcript(text); }

result<void> auditor::rawlog(std::optional<audit_stream> client, std::optional<audit_stream> server) {
  const auto reader = [](std::optional<audit_stream>& half) {
    return half ? std::optional(audit_line_reader(std::move(half->read))) : std::nullopt;
  };
  return state_->rawlog(client ? client->name : std::string(), reader(client), server ? server->name : std::string(),
                        reader(server));
}

const audit_summary& auditor::summary() const { return state_->all_.counts; }

std::string_view to_string(audit_verdict v) noexcept {
  switch (v) {
    case audit_verdict::allowed: return "allowed";
    case audit_verdict::extension: return "extension";
    case audit_verdict::violation: return "violation";
  }
  return "violation";
}

}  // namespace outmap
