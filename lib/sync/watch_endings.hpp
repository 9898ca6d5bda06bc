// Which failures a watch lives through.
#pragma once

#include "outmap/error.hpp"

namespace outmap::sync {

/// No retry cures it: the configuration, the certificate, the cache, a folder that is not there. Refused logins are
/// left to login_refusals.
bool ends_watch(const error& e) noexcept;

/// A password that never worked is not tried twice, lest the account be locked. One that has worked is refused by
/// servers that have lost their own directory for a while, too.
class login_refusals {
 public:
  /// So many in a row end a watch that was logged in before.
  static constexpr unsigned most = 3;

  void logged_in() {
    worked_ = true;
    refused_ = 0;
  }
  /// True: enough.
  bool refused(const error& e) noexcept;

 private:
  bool worked_ = false;
  unsigned refused_ = 0;
};

}  // namespace outmap::sync
