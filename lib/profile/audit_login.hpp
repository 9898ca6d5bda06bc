// How a client logs in: what it asked the server first, which method it takes, and on what connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outmap/config.hpp"
#include "profile/audit_command.hpp"
#include "profile/audit_findings.hpp"
#include "profile/capabilities.hpp"

namespace outmap::profile {

enum class tls_seen { unknown, off, on };

/// The methods that failed on any connection of the client so far: the ladder outlives connections (OIMAP-V0034).
struct audit_ladder {
  std::vector<mechanism> failed;
};

/// The part of one connection before the login.
class audit_login {
 public:
  audit_login(const auth_policy& policy, audit_ladder& ladder) : policy_(policy), ladder_(ladder) {}

  /// The transcript holds the connection from its greeting on.
  void begin() { begin_seen_ = true; }
  void capabilities_asked() { asked_ = true; }
  /// What CAPABILITY brought.
  void capabilities_listed(const capabilities& listed);
  void capability_code_seen() { code_seen_ = true; }
  /// Forgets the capabilities (XIMAP-V0020) if it was raised by STARTTLS.
  void set_tls(tls_seen now, bool by_starttls);

  /// STARTTLS, AUTHENTICATE or LOGIN, when it is sent.
  void judge(const read_command& command, audit_findings& to);
  /// The server refused the login or hung up on it.
  void failed(const read_command& command);

 private:
  void judge_method(mechanism which, audit_findings& to);
  void judge_order(mechanism which, audit_findings& to);
  void judge_extension(const read_command& command, audit_findings& to);
  [[nodiscard]] bool policy_allows(mechanism which) const;
  [[nodiscard]] bool offered(mechanism which) const;

  const auth_policy& policy_;
  audit_ladder& ladder_;
  std::optional<capabilities> listed_;
  tls_seen tls_ = tls_seen::unknown;
  bool begin_seen_ = false;
  bool asked_ = false;
  bool code_seen_ = false;
  bool after_starttls_ = false;
  int failures_ = 0;
  std::optional<mechanism> weakest_tried_;
};

}  // namespace outmap::profile
