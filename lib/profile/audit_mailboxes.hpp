// What LIST and LSUB told the client of its mailboxes (OIMAP-V0043, V0066).
#pragma once

#include <string>
#include <unordered_map>

#include "profile/audit_command.hpp"
#include "profile/audit_findings.hpp"
#include "wire/response.hpp"

namespace outmap::profile {

class audit_mailboxes {
 public:
  /// The most recent response of either command counts.
  void listed(const wire::list_data& data);
  /// SELECT and STATUS of what cannot be selected, CREATE below what has no children.
  void judge(const read_command& command, audit_findings& to) const;

 private:
  struct attributes {
    bool noselect = false;
    bool noinferiors = false;
    char delimiter = '\0';
  };
  static constexpr std::size_t most = 100'000;
  std::unordered_map<std::string, attributes> known_;  // those with one of the two
};

}  // namespace outmap::profile
