// One connection of a transcript: follows its state from what both sides say and judges every line of the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outmap/audit.hpp"
#include "profile/audit_client_reader.hpp"
#include "profile/audit_command.hpp"
#include "profile/audit_keep_alive.hpp"
#include "profile/audit_line.hpp"
#include "profile/audit_login.hpp"
#include "profile/audit_mailboxes.hpp"
#include "profile/audit_pipelining.hpp"
#include "profile/audit_sasl_lines.hpp"
#include "profile/audit_server_reader.hpp"
#include "profile/audit_tags.hpp"
#include "profile/command.hpp"

namespace outmap::profile {

/// What the connections of one audit share.
struct audit_context {
  audit_options options;
  audit_observer* to = nullptr;
  audit_summary counts;
  audit_ladder ladder;
};

/// What a transcript can tell.
struct audit_sight {
  std::string client_file;
  std::string server_file;
  bool order = true;          ///< which side said what first
  bool server = true;         ///< what the server said
  bool whole_octets = false;  ///< every octet: see audit_server_reader
};

class audit_connection {
 public:
  audit_connection(audit_context& all, audit_sight sees);

  /// A remark of outmap's trace about the transport.
  void note(std::string_view text);
  void client(const audit_line& line);
  void server(const audit_line& line);
  /// The transcript or the connection ends.
  void end();

  /// Without order: whether the server has to speak before the client would.
  [[nodiscard]] bool wants_server() const;
  [[nodiscard]] bool said_bye() const { return bye_; }
  [[nodiscard]] bool heard_client() const { return heard_client_; }
  [[nodiscard]] bool greeted() const { return greeted_; }

 private:
  void on_response(wire::response& response);
  void on_untagged(const wire::status_response& status);
  void on_completion(const wire::status_response& status);
  void on_ok(const read_command& command);
  void on_refusal(const read_command& command, const wire::status_response& status);
  void begin();

  bool sasl_line(const audit_line& line);
  bool done_line(const audit_line& line);
  void judge_unit();
  void judge_in_conversation(const read_command& command, const client_unit& unit, audit_findings& to);
  void judge_state(const read_command& command, audit_findings& to) const;
  void judge_times(const read_command& command, const client_unit& unit, audit_findings& to);
  void remember(const read_command& command);
  void report(audited_command out, audit_findings& found);
  void remark(const std::string& file, std::string_view text);
  [[nodiscard]] audit_place place(std::uint64_t line, std::uint64_t offset) const;
  [[nodiscard]] bool runs(std::string_view tag) const;
  [[nodiscard]] bool any_runs(audit_word one, audit_word other) const;

  audit_context& all_;
  audit_sight sees_;
  std::uint64_t number_;
  audit_client_reader reader_;
  audit_server_reader responses_;
  audit_tags tags_;
  audit_login login_;
  audit_mailboxes mailboxes_;
  audit_keep_alive times_;
  std::optional<audit_sasl_lines> sasl_;
  std::optional<capabilities> listed_;
  std::optional<profile::state> state_;
  std::vector<audit_running> running_;
  struct completion {
    std::string tag;
    bool ok = false;
  };
  std::vector<completion> early_;           // of commands that are read later
  std::vector<audit_rule> capability_due_;  // the rows that want CAPABILITY now
  std::optional<read_command> try_create_;  // refused with TRYCREATE, and nothing sent since
  std::optional<std::int64_t> last_heard_;
  std::uint64_t begin_line_ = 0;
  bool idle_ = false;
  bool asked_ = false;  // "+" came, and nothing from the client since
  bool greeted_ = false;
  bool heard_client_ = false;
  bool heard_server_ = false;
  bool bye_ = false;
  bool compressed_ = false;
  bool first_unit_ = true;
};

}  // namespace outmap::profile
