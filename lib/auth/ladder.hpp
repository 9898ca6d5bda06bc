// Which mechanism comes next, and why (OIMAP-V0034).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/config.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

enum class verdict {
  not_offered,      ///< the server does not list it
  not_allowed,      ///< the account's policy leaves it out
  needs_tls,        ///< plaintext and no TLS (OIMAP-V0031)
  login_disabled,   ///< LOGINDISABLED (XIMAP-2.1.4)
  refused,          ///< tagged NO or BAD, or the mechanism failed
  connection_lost,  ///< the server hung up on it (XIMAP-V0061)
  succeeded,
};

std::string_view to_string(verdict v) noexcept;

/// One rung that was looked at. `server_text` is hostile.
struct ladder_step {
  mechanism which = mechanism::ntlm;
  verdict outcome = verdict::not_offered;
  std::string server_text;
  std::string detail;  ///< ours: why the mechanism gave up
};

/// What the server and the connection allow; taken anew on each connection.
struct offer {
  std::vector<std::string> capabilities;  ///< upper-cased, from the CAPABILITY command only (OIMAP-V0065)
  bool tls = false;
};

/// Pure state machine; outlives connections. Order: NTLM, DIGEST-MD5, PLAIN, LOGIN, restricted to policy. A
/// mechanism is tried at most once. LOGIN comes last, also when no AUTH= is listed at all (OIMAP-V0032), never
/// under LOGINDISABLED. After three failures on one connection `wants_fresh_connection()` is true (XIMAP-V0061:
/// Exchange drops after four).
class ladder {
 public:
  explicit ladder(auth_policy policy);

  /// The next mechanism to try, or nothing when the ladder is at its end. Rungs that are passed over are recorded once.
  std::optional<mechanism> next(const offer& now);
  /// What became of the mechanism next() gave.
  void record(mechanism m, verdict outcome, std::string server_text, std::string detail);
  void connection_opened() { failures_here_ = 0; }
  [[nodiscard]] bool wants_fresh_connection() const { return failures_here_ >= 3; }

  [[nodiscard]] const std::vector<ladder_step>& steps() const { return steps_; }
  /// The error for the user when the ladder ended: login_disabled, plaintext_forbidden, no_usable_mechanism or
  /// authentication_failed, with the last server text.
  [[nodiscard]] error failure() const;

 private:
  auth_policy policy_;
  std::vector<ladder_step> steps_;
  int failures_here_ = 0;
};

/// What next() would give one after the other if every attempt failed: for `outmap probe`.
std::vector<ladder_step> preview(const auth_policy& policy, const offer& now);

}  // namespace outmap::auth
