#include "profile/audit_rawlog_feed.hpp"

#include <algorithm>
#include <string>

#include "profile/audit_form.hpp"

namespace outmap::profile {

result<bool> audit_rawlog_half::advance() {
  raw_line raw;
  auto more = lines_.next(raw);
  line_.reset();
  if (!more || !*more) return more;
  audit_line out{side_, raw.text, raw.end, raw.number, raw.offset, time_};
  if (raw.begins && (timed_ || !looked_)) {
    const auto time = take_rawlog_time(out.text);
    if (!looked_) timed_ = time.has_value();
    if (time) out.time = time_ = std::max(*time, time_.value_or(*time));
  }
  looked_ = true;
  if (assumed_ && out.end == line_end::lf) out.end = line_end::assumed;
  line_ = out;
  return true;
}

void audit_rawlog_half::assume_line_ends() {
  assumed_ = true;
  if (bare()) line_->end = line_end::assumed;
}

audit_rawlog_feed::audit_rawlog_feed(std::optional<audit_line_reader> client, std::optional<audit_line_reader> server) {
  if (client) client_.emplace(std::move(*client), audit_side::client);
  if (server) server_.emplace(std::move(*server), audit_side::server);
}

result<void> audit_rawlog_feed::open() {
  for (auto* half : {&client_, &server_}) {
    if (!*half) continue;
    if (auto more = (*half)->advance(); !more) return tl::unexpected(more.error());
  }
  return {};
}

bool audit_rawlog_feed::order() const { return client_ && server_ && client_->timed() && server_->timed(); }

result<void> audit_rawlog_feed::give_server(audit_connection& to) {
  to.server(*server_->line());
  auto more = server_->advance();
  return more ? result<void>{} : tl::unexpected(more.error());
}

result<void> audit_rawlog_feed::give_client(audit_connection& to) {
  to.client(*client_->line());
  auto more = client_->advance();
  return more ? result<void>{} : tl::unexpected(more.error());
}

bool audit_rawlog_feed::server_is_next(const audit_connection& to) const {
  if (!server_ || !server_->line()) return false;
  if (!client_ || !client_->line()) return true;
  if (!order()) return to.wants_server();
  const auto client = client_->line()->time.value_or(0);
  const auto server = server_->line()->time.value_or(0);
  return server != client ? server < client : to.wants_server();
}

// Without times: the greeting, or what ends the login, stands before the first command. It is told by its tag.
result<void> audit_rawlog_feed::give_login(audit_connection& to) {
  if (!client_ || !client_->line() || !server_ || !server_->line()) return {};
  const std::string first(client_->line()->text.substr(0, client_->line()->text.find(' ')));
  bool ended = false;
  while (!ended && server_->line()) {
    const auto text = server_->line()->text;
    const auto tag = text.substr(0, text.find(' '));
    const bool untagged = tag == "*" || tag == "+";
    if (tag == first || (untagged && !text.starts_with("* OK ") && !text.starts_with("* PREAUTH ") &&
                         !text.starts_with("* CAPABILITY ")))
      return {};
    ended = !untagged || to.greeted() || !text.starts_with("* CAPABILITY ");
    if (auto ok = give_server(to); !ok) return ok;
  }
  return {};
}

result<void> audit_rawlog_feed::run(audit_connection& to) {
  if (client_ && server_ && client_->bare() && server_->bare()) {
    client_->assume_line_ends();
    server_->assume_line_ends();
  }
  if (!order()) {
    if (auto ok = give_login(to); !ok) return ok;
  }
  while ((client_ && client_->line()) || (server_ && server_->line())) {
    auto ok = server_is_next(to) ? give_server(to) : client_ && client_->line() ? give_client(to) : give_server(to);
    if (!ok) return ok;
  }
  to.end();
  return {};
}

}  // namespace outmap::profile
