// What an account asks while it works, and cannot decide by itself.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "outmap/error.hpp"
#include "outmap/report.hpp"
#include "outmap/secret.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

struct password_question {
  std::string host;
  std::string user;
  unsigned attempt = 1;     ///< from 1; beyond it an earlier password was refused
  std::string server_text;  ///< what the server said to that; hostile
};

struct certificate_question {
  std::string host;
  error problem;           ///< certificate_untrusted, certificate_expired, fingerprint_mismatch, …
  tls_report certificate;  ///< what the server showed; hostile
};

/// Both are called on the thread that runs the operation, which waits; no connection is open then. They may be empty.
struct questions {
  /// When the config has no password, and after the server has refused one (at most three passwords a login). Nothing:
  /// the user gives up, and the operation ends with credentials_missing or the refusal. The app keeps the password if it
  /// wants to; the account keeps it for its own lifetime.
  std::function<std::optional<secret>(const password_question&)> password;
  /// When the certificate was refused, before any octet of a credential is sent. True: this very certificate is accepted
  /// by its fingerprint for the account's lifetime; an app that keeps the decision puts the fingerprint into the config.
  std::function<bool(const certificate_question&)> certificate;
};

/// The same for a thread that must not wait: asked as observers are called, and answered by calling `answer` once, then
/// or later, on any thread. Whoever drops `answer` without calling it gives up, or refuses. The operation waits.
struct deferred_questions {
  std::function<void(const password_question&, std::function<void(std::optional<secret>)> answer)> password;
  std::function<void(const certificate_question&, std::function<void(bool)> answer)> certificate;
};

}  // namespace outmap
