// Passwords that come back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/report.hpp"
#include "outmap/secret.hpp"

namespace outmap::cli {

/// Takes passwords out of what servers say: some repeat the line that they refuse. Hidden are the octets themselves, as
/// an IMAP quoted string, escaped as in a transcript or by printable(), and in base64: alone (AUTHENTICATE LOGIN), behind
/// the user name (PLAIN), and within any other text, save the digits at its ends that it shares with its neighbours.
/// Belongs to one thread.
class redactor {
 public:
  /// A password of fewer than 4 octets is not hidden: to mask every such piece of text would tell it.
  void hide(std::string_view user, const secret& password);

  /// `text` with "<secret>" in place of each hidden text.
  [[nodiscard]] std::string clean(std::string_view text) const;
  [[nodiscard]] error clean(error what) const;
  [[nodiscard]] login_step clean(login_step step) const;

 private:
  void add(std::string_view form);

  std::vector<secret> forms_;  // longest first: one may hold another
};

}  // namespace outmap::cli
