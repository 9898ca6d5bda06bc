// The auditor: reads what a client and a server said to each other and holds each client line against the wire profile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/config.hpp"
#include "outmap/error.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

enum class audit_verdict {
  allowed,    ///< audited_command::rule names the row that allows it
  extension,  ///< outside the profile, one of the few that outmap knows by name; audited_command::extension names it
  violation,  ///< audited_command::findings say which rows it breaks
};

/// Lower-case name: "allowed", "extension", "violation".
std::string_view to_string(audit_verdict v) noexcept;

/// A place in an input. Views live as long as the call that delivers them.
struct audit_place {
  std::string_view file;
  std::uint64_t line = 0;    ///< from 1
  std::uint64_t offset = 0;  ///< octets before that line
};

/// One broken rule. `rules` are ids of profile_rules(), never empty, the most telling first: several rows may say the
/// same. `what` is one printable line of ours that repeats no secret.
struct audit_finding {
  std::vector<std::string_view> rules;
  std::string what;
  audit_place where;
};

/// One client command with all its literals, a line inside AUTHENTICATE, or DONE.
struct audited_command {
  std::uint64_t connection = 0;  ///< 1, 2, … in the order in which connections begin
  audit_verdict verdict = audit_verdict::allowed;
  std::string tag;  ///< printable; empty for what has none and for a line that is no command
  /// Printable, at most 200 octets of the command. What may be secret is left out: the arguments of LOGIN, the lines of
  /// AUTHENTICATE, the arguments of commands that are unknown, literals.
  std::string text;
  std::string_view rule;       ///< id of the row that allows it; empty for a violation without such a row
  std::string_view extension;  ///< "COMPRESS=DEFLATE"; empty: none
  std::vector<audit_finding> findings;
  audit_place where;
};

/// Counts of one audit.
struct audit_summary {
  std::uint64_t connections = 0;
  std::uint64_t commands = 0;  ///< the sum of the three below
  std::uint64_t allowed = 0;
  std::uint64_t extensions = 0;
  std::uint64_t violations = 0;
  std::uint64_t findings = 0;  ///< also those that belong to no command, such as a silence before the end
  std::map<std::string, std::uint64_t, std::less<>> by_rule;  ///< findings by the first of their rules

  /// True: nothing broke a rule.
  [[nodiscard]] bool clean() const { return findings == 0; }
};

/// Called from the audit functions only, in the order of the lines. Must not throw.
class audit_observer {
 public:
  virtual ~audit_observer() = default;
  virtual void on_command(const audited_command& command) { static_cast<void>(command); }
  /// A finding that belongs to no command.
  virtual void on_finding(std::uint64_t connection, const audit_finding& finding) {
    static_cast<void>(connection);
    static_cast<void>(finding);
  }
  /// What could not be judged and why, for a person; printable.
  virtual void on_remark(std::string_view file, std::string_view text) {
    static_cast<void>(file);
    static_cast<void>(text);
  }
};

/// What the user allowed the client that is audited; a transcript does not say.
struct audit_options {
  auth_policy policy;
};

/// Reads up to `into.size()` octets and says how many; 0 is the end. An error ends the audit of that input.
using audit_source = std::function<result<std::size_t>(std::span<char> into)>;

/// An input and its name in places and remarks.
struct audit_stream {
  std::string name;
  audit_source read;
};

/// Judges one input after the other. What a server refused on one connection counts on the next (OIMAP-V0034), so
/// inputs of one client belong into one auditor, in order. Memory is bounded whatever comes: a line by 64 KiB, what is
/// kept of a literal by 4 KiB. Not for use by two threads at once; the observer must outlive it.
class auditor {
 public:
  explicit auditor(audit_options options, audit_observer& to);
  ~auditor();
  auditor(auditor&&) noexcept;
  auditor& operator=(auditor&&) noexcept;

  /// outmap's trace ("C: …", "S: …", "# …"), any text of that form, Dovecot's combined rawlog ("<time> I: …"), or one
  /// half of a rawlog pair: found out by looking. errc::invalid_argument: it is none of them; else what the source
  /// said. A file may hold several connections: each "# … connected to …" begins one, and so does a greeting after BYE.
  result<void> transcript(audit_stream text);

  /// A Dovecot rawlog pair, of the part before or after the login, with or without the time before each line. Without
  /// times the order of client and server lines is not known: then pipelining and waiting are not judged.
  result<void> rawlog(std::optional<audit_stream> client, std::optional<audit_stream> server);

  [[nodiscard]] const audit_summary& summary() const;

 private:
  class OUTMAP_HIDDEN state;
  std::unique_ptr<state> state_;
};

/// Audits files; "-" is standard input. The names of a rawlog pair (x.in and x.out) stand for one connection, whether
/// both are given or one: the other half is then looked for beside it. errc::file_error for what cannot be read.
result<audit_summary> audit_files(std::span<const std::filesystem::path> files, const audit_options& options,
                                  audit_observer& to);

/// The ids of all rules that a finding or an audited_command can name.
std::vector<std::string_view> audit_rule_ids();

}  // namespace outmap
