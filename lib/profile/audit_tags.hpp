// Tags: four random characters, no counters, none twice at a time (OIMAP-C0001).
#pragma once

#include <string>
#include <string_view>

#include "profile/audit_findings.hpp"

namespace outmap::profile {

class audit_tags {
 public:
  /// In the order of the commands of one connection; `outstanding`: a running command has the same tag.
  void judge(std::string_view tag, bool outstanding, audit_findings& to);

 private:
  std::string before_;
  int steps_ = 0;
};

}  // namespace outmap::profile
