#include "profile/audit_rule.hpp"

#include <array>

#include "outmap/audit.hpp"

namespace outmap::profile {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(audit_rule::count_)> ids = {
    "OIMAP-1.4",     "OIMAP-2.1.2",   "OIMAP-2.1.3",   "OIMAP-2.1.4",   "OIMAP-C0001",     "OIMAP-V0004",
    "OIMAP-V0005",   "OIMAP-V0008",   "OIMAP-V0009",   "OIMAP-V0010",   "OIMAP-V0013",     "OIMAP-V0014",
    "OIMAP-V0017",   "OIMAP-V0018",   "OIMAP-V0021",   "OIMAP-V0022",   "OIMAP-V0025",     "OIMAP-V0026",
    "OIMAP-V0028",   "OIMAP-V0029",   "OIMAP-V0030",   "OIMAP-E0001",   "OIMAP-E0002",     "OIMAP-V0031",
    "OIMAP-V0032",   "OIMAP-V0033",   "OIMAP-V0034",   "OIMAP-V0035",   "OIMAP-V0036",     "OIMAP-V0040",
    "OIMAP-V0041",   "OIMAP-V0043",   "OIMAP-V0045",   "OIMAP-V0046",   "OIMAP-V0047",     "OIMAP-V0049",
    "OIMAP-V0050",   "OIMAP-V0051",   "OIMAP-V0052",   "OIMAP-V0053",   "OIMAP-V0054",     "OIMAP-V0055",
    "OIMAP-V0056",   "OIMAP-V0057",   "OIMAP-V0058",   "OIMAP-V0059",   "OIMAP-V0061",     "OIMAP-V0065",
    "OIMAP-V0066",   "OIMAP-V0070",   "OIMAP-V0071",   "OIMAP-V0072",   "OIMAP-V0019",     "XIMAP-V0020",
    "XIMAP-V0031",   "XIMAP-V0061",   "NTLM-PB4",      "NTLM-2.2.1-03", "NTLM-3.1.1.2-02", "NTLM-3.1.1.2-01",
    "NTLM-2.2.1-11", "NTLM-2.2.1-12", "NTLM-2.2.3-01", "NTLM-PB3",
};
static_assert(!ids.back().empty());

}  // namespace

std::string_view id(audit_rule rule) noexcept { return ids[static_cast<std::size_t>(rule)]; }

}  // namespace outmap::profile

namespace outmap {

std::vector<std::string_view> audit_rule_ids() {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < static_cast<std::size_t>(profile::audit_rule::count_); ++i) {
    out.push_back(id(static_cast<profile::audit_rule>(i)));
  }
  return out;
}

}  // namespace outmap
