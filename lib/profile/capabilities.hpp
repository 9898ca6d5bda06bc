// What a server says it can do, from the CAPABILITY command only (OIMAP-V0065).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/fetch_form.hpp"

namespace outmap::profile {

class capabilities {
 public:
  capabilities() = default;
  /// `names` in capitals, as wire::capability_data has them.
  explicit capabilities(std::vector<std::string> names) : names_(std::move(names)) {}

  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// IMAP4rev1 listed or not decides the FETCH lists (OIMAP-V0055).
  [[nodiscard]] profile::dialect dialect() const {
    return has("IMAP4REV1") ? profile::dialect::imap4rev1 : profile::dialect::imap4;
  }
  /// Neither IMAP4rev1 nor IMAP4: whatever this is, it is not for us.
  [[nodiscard]] bool speaks_imap() const { return has("IMAP4REV1") || has("IMAP4"); }

 private:
  std::vector<std::string> names_;
};

}  // namespace outmap::profile
