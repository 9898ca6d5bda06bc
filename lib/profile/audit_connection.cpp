#include "profile/audit_connection.hpp"

#include <algorithm>
#include <utility>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;
using word = audit_word;

constexpr std::size_t most_running = 1000;

bool logs_in(const read_command& c) { return c.word == word::authenticate || c.word == word::login; }

bool changes_state(word w) {
  return w == word::authenticate || w == word::login || w == word::select || w == word::examine || w == word::close ||
         w == word::extension;
}

bool looks_like_command(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return false;
  const auto rest = line.substr(space + 1);
  return word_in(rest.substr(0, rest.find(' '))) != word::unknown;
}

audit_rule row_of(const read_command& c) {
  if (c.word == word::authenticate && c.mechanism == "NTLM") return rule::ntlm_initiation;
  if (c.word == word::uid && c.under_uid == word::fetch) return rule::fetch_lists;
  if (c.word == word::uid && c.under_uid == word::store) return rule::store_forms;
  return traits(c.word).allowed.value_or(rule::closed_set);
}

}  // namespace

audit_connection::audit_connection(audit_context& all, audit_sight sees)
    : all_(all),
      sees_(std::move(sees)),
      number_(++all.counts.connections),
      responses_(sees_.whole_octets),
      login_(all.options.policy, all.ladder) {}

audit_place audit_connection::place(std::uint64_t line, std::uint64_t offset) const {
  return {sees_.client_file, line, offset};
}

void audit_connection::remark(const std::string& file, std::string_view text) { all_.to->on_remark(file, text); }

bool audit_connection::runs(std::string_view tag) const {
  return std::any_of(running_.begin(), running_.end(), [tag](const audit_running& r) { return r.tag == tag; });
}

bool audit_connection::any_runs(audit_word one, audit_word other) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](const audit_running& r) { return r.what.word == one || r.what.word == other; });
}

bool audit_connection::wants_server() const {
  if (reader_.in_literal()) return reader_.awaits_server();
  if (reader_.has_part() || running_.empty()) return false;
  const bool answers = running_.back().what.word == word::authenticate || idle_;
  return !answers || !asked_;
}

void audit_connection::note(std::string_view text) {
  if (text.starts_with("connected to ")) {
    begin();
    login_.set_tls(tls_seen::off, false);
  } else if (text.starts_with("TLS: TLSv")) {
    login_.set_tls(tls_seen::on, false);
  }
}

void audit_connection::begin() {
  login_.begin();
  if (!state_) state_ = state::not_authenticated;
}

// ---- the server

void audit_connection::server(const audit_line& line) {
  if (compressed_) return;
  if (line.time) last_heard_ = line.time;
  responses_.add(line, [this](wire::response& r) { on_response(r); });
}

void audit_connection::on_response(wire::response& response) {
  if (const auto* status = std::get_if<wire::status_response>(&response)) {
    if (status->code.name == "CAPABILITY") login_.capability_code_seen();
    if (status->tag.empty()) {
      on_untagged(*status);
    } else {
      on_completion(*status);
    }
  } else if (std::holds_alternative<wire::continuation_request>(response)) {
    reader_.continuation();
    asked_ = true;
  } else if (auto* names = std::get_if<wire::capability_data>(&response)) {
    if (any_runs(word::capability, word::capability)) {
      listed_ = capabilities(std::move(names->names));
      login_.capabilities_listed(*listed_);
    }
  } else if (const auto* list = std::get_if<wire::list_data>(&response)) {
    // What nobody asked for may be the text of a traced message.
    if (any_runs(word::list, word::lsub)) mailboxes_.listed(*list);
  }
  heard_server_ = true;
}

void audit_connection::on_untagged(const wire::status_response& status) {
  using wire::condition;
  if (status.condition == condition::bye) bye_ = true;
  if (heard_server_ || heard_client_ || (status.condition != condition::ok && status.condition != condition::preauth))
    return;
  greeted_ = true;
  begin();
  if (status.condition == condition::preauth) state_ = state::authenticated;
}

void audit_connection::on_completion(const wire::status_response& status) {
  if (reader_.in_literal() && !reader_.part().text.empty()) {
    const auto& text = reader_.part().text;
    if (text.substr(0, text.find(' ')) == status.tag && reader_.abandon_literal()) judge_unit();
  }
  const auto at =
      std::find_if(running_.begin(), running_.end(), [&](const audit_running& r) { return r.tag == status.tag; });
  if (at == running_.end()) {
    if (sees_.whole_octets && !heard_client_ && !greeted_ && status.condition == wire::condition::ok) {
      // A rawlog of what came after the login.
      state_ = state::authenticated;
      capability_due_ = {rule::capability_after_login, rule::capability_after_authenticate};
    } else if (!sees_.order && early_.size() < most_running) {
      early_.push_back({status.tag, status.condition == wire::condition::ok});
    }
    return;
  }
  const auto done = at->what;
  running_.erase(at);
  if (done.word == word::idle) idle_ = false;
  if (done.word == word::authenticate) sasl_.reset();
  if (status.condition == wire::condition::ok) {
    on_ok(done);
  } else {
    on_refusal(done, status);
  }
}

void audit_connection::on_ok(const read_command& command) {
  switch (command.word) {
    case word::authenticate:
    case word::login:
      state_ = state::authenticated;
      capability_due_ = {command.word == word::login ? rule::capability_after_login
                                                     : rule::capability_after_authenticate};
      break;
    case word::select:
    case word::examine: state_ = state::selected; break;
    case word::close: state_ = state::authenticated; break;
    case word::logout: state_ = state::logged_out; break;
    // UNSELECT is among them, and others that cannot be followed.
    case word::extension: state_.reset(); break;
    case word::starttls:
      login_.set_tls(tls_seen::on, true);
      listed_.reset();
      break;
    case word::compress:
      compressed_ = sees_.whole_octets;
      if (compressed_) remark(sees_.client_file, "compressed from here on: not judged");
      break;
    default: break;
  }
}

void audit_connection::on_refusal(const read_command& command, const wire::status_response& status) {
  if (logs_in(command)) login_.failed(command);
  const bool had_mailbox = state_ == state::selected;
  if ((command.word == word::select || command.word == word::examine) && had_mailbox) state_ = state::authenticated;
  if (status.code.name == "TRYCREATE") try_create_ = command;
}

// ---- the client

void audit_connection::client(const audit_line& line) {
  if (compressed_) return;
  if (begin_line_ == 0) begin_line_ = line.number;
  const bool begins = !reader_.has_part() && (!sasl_ || sasl_->at_boundary());
  audit_findings gap;
  if (begins && line.time) times_.judge_gap(*line.time, gap);
  if (!gap.empty()) {
    for (auto& f : gap.take(place(line.number, line.offset))) {
      ++all_.counts.findings;
      ++all_.counts.by_rule[std::string(f.rules.front())];
      all_.to->on_finding(number_, f);
    }
  }
  if (line.time) times_.line(*line.time);
  const bool taken = !reader_.has_part() && (sasl_line(line) || done_line(line));
  heard_client_ = true;
  if (!taken && reader_.add(line, sees_.order && sees_.server)) judge_unit();
}

bool audit_connection::sasl_line(const audit_line& line) {
  if (!sasl_) return false;
  if (sasl_->at_boundary() && looks_like_command(line.text)) {
    if (!sees_.server) sasl_.reset();
    return false;
  }
  audit_findings found;
  const bool before = sees_.order && sees_.server && !asked_ && sasl_->at_boundary();
  if (!sasl_->add(line, found)) return true;
  if (before) found.add({rule::sasl_line}, "a line of AUTHENTICATE is sent before the server asked for it with \"+\"");
  asked_ = false;
  audited_command out;
  out.rule = id(sasl_->cancels() ? rule::sasl_cancel : rule::sasl_line);
  out.text = sasl_->cancels() ? "*" : "<hidden>";
  out.where = place(line.number, line.offset);
  report(std::move(out), found);
  return true;
}

bool audit_connection::done_line(const audit_line& line) {
  if (!idle_ || !wire::grammar::is_word(line.text, "DONE") || line.end == line_end::none) return false;
  idle_ = false;
  asked_ = false;
  audit_findings found;
  if (line.end == line_end::lf) found.add({rule::strict_sender}, "a line ends in LF without CR");
  audited_command out;
  out.rule = id(rule::noop_and_idle);
  out.text = "DONE";
  out.where = place(line.number, line.offset);
  report(std::move(out), found);
  return true;
}

void audit_connection::judge_unit() {
  const auto unit = reader_.take();
  audit_findings found;
  auto command = judge_command(unit, listed_ ? &*listed_ : nullptr, found);
  // The rest of an IDLE, an AUTHENTICATE or a literal.
  const bool in_the_middle = std::exchange(first_unit_, false) && !state_ && !greeted_ && command.word == word::unknown;
  if (in_the_middle) return remark(sees_.client_file, "begins in the middle: the first line is not judged");
  if (command.word == word::authenticate && command.extension.empty())
    command.extension = known_extension_mechanism(command.mechanism);
  judge_in_conversation(command, unit, found);
  audited_command out;
  out.tag = shown_tag(command);
  out.text = shown(unit, command);
  out.extension = command.extension;
  if (traits(command.word).allowed) out.rule = id(row_of(command));
  if (command.word == word::capability && !capability_due_.empty()) out.rule = id(capability_due_.front());
  out.where = place(unit.number, unit.offset);
  capability_due_.clear();
  report(std::move(out), found);
  remember(command);
}

void audit_connection::judge_in_conversation(const read_command& command, const client_unit& unit, audit_findings& to) {
  if (!command.tag.empty()) tags_.judge(command.tag, sees_.server && runs(command.tag), to);
  if (idle_) {
    to.add({rule::noop_and_idle}, "IDLE is not ended with DONE first");
    idle_ = !sees_.server;
  } else if (sees_.order && sees_.server) {
    judge_pipelining(command, running_, to);
  }
  judge_state(command, to);
  if (!capability_due_.empty() && command.word != word::capability) {
    const bool either = capability_due_.size() > 1;
    const std::string what = "the first command after the login is CAPABILITY";
    if (either) {
      to.add({capability_due_[0], capability_due_[1]}, what);
    } else {
      to.add({capability_due_[0]}, what);
    }
  }
  if (command.word == word::capability) login_.capabilities_asked();
  if (logs_in(command) || command.word == word::starttls) login_.judge(command, to);
  if (command.word == word::idle && listed_ && !listed_->has("IDLE"))
    to.add({rule::noop_and_idle}, "IDLE, though the server does not list it");
  const auto refused = std::exchange(try_create_, std::nullopt);
  if (refused && command.word == word::create && command.mailbox == refused->mailbox) {
    const bool append = refused->word == word::append;
    to.add({append ? rule::no_create_after_append : rule::no_create_after_copy},
           "CREATE at once after " + std::string(append ? "APPEND" : "COPY") +
               " was refused with TRYCREATE, which is ignored");
  }
  mailboxes_.judge(command, to);
  judge_times(command, unit, to);
}

void audit_connection::judge_state(const read_command& command, audit_findings& to) const {
  const bool will_change =
      std::any_of(running_.begin(), running_.end(), [](const auto& r) { return changes_state(r.what.word); });
  if (!state_ || will_change || (traits(command.word).states & static_cast<unsigned>(*state_)) != 0) return;
  if (*state_ == state::logged_out) {
    to.add({rule::baseline}, "a command after LOGOUT");
  } else {
    to.add({rule::baseline}, std::string(traits(command.word).name) +
                                 (*state_ == state::not_authenticated ? " before the login"
                                  : (traits(command.word).states & static_cast<unsigned>(state::selected)) != 0
                                      ? " while no mailbox is selected"
                                      : " after the login"));
  }
}

void audit_connection::judge_times(const read_command& command, const client_unit& unit, audit_findings& to) {
  if (!unit.time) return;
  if (command.word == word::idle) {
    times_.judge_idle(*unit.time, to);
  } else {
    times_.command(*unit.time);
  }
}

void audit_connection::remember(const read_command& command) {
  asked_ = false;
  idle_ = command.word == word::idle;
  if (command.word == word::authenticate) sasl_.emplace(command.mechanism);
  if (!sees_.server) return running_.clear();
  audit_running entry{std::string(command.tag), command};
  entry.what.tag = {};
  entry.what.user.clear();
  if (running_.size() >= most_running) running_.erase(running_.begin());
  running_.push_back(std::move(entry));
  const auto same = [this](const completion& c) { return c.tag == running_.back().tag; };
  const auto at = std::find_if(early_.begin(), early_.end(), same);
  if (at == early_.end()) return;
  if (at->ok) on_ok(running_.back().what);
  early_.erase(at);
  running_.pop_back();
}

void audit_connection::report(audited_command out, audit_findings& found) {
  out.connection = number_;
  out.findings = found.take(out.where);
  out.verdict = !out.findings.empty()    ? audit_verdict::violation
                : !out.extension.empty() ? audit_verdict::extension
                                         : audit_verdict::allowed;
  auto& counts = all_.counts;
  ++counts.commands;
  counts.allowed += out.verdict == audit_verdict::allowed ? 1 : 0;
  counts.extensions += out.verdict == audit_verdict::extension ? 1 : 0;
  counts.violations += out.verdict == audit_verdict::violation ? 1 : 0;
  counts.findings += out.findings.size();
  for (const auto& f : out.findings) ++counts.by_rule[std::string(f.rules.front())];
  all_.to->on_command(out);
}

void audit_connection::end() {
  for (const auto& r : running_) {
    if (logs_in(r.what)) login_.failed(r.what);
  }
  if (reader_.has_part()) remark(sees_.client_file, "the last command is cut off and was not judged");
  if (!last_heard_ || compressed_) return;
  audit_findings silence;
  times_.judge_gap(*last_heard_, silence);
  for (auto& f : silence.take(place(begin_line_, 0))) {
    ++all_.counts.findings;
    ++all_.counts.by_rule[std::string(f.rules.front())];
    all_.to->on_finding(number_, f);
  }
}

}  // namespace outmap::profile
