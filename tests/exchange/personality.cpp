#include "personality.hpp"

namespace outmap::exchange {

personality personality::exchange_2007() {
  personality p;
  p.name = "2007";
  p.mechanisms = {"NTLM", "GSSAPI", "PLAIN"};
  p.literals = name_literals::backslash;
  return p;
}

personality personality::exchange_2010sp2() {
  personality p;
  p.name = "2010SP2";
  // XIMAP-E0003 lists no NTLM for 2010, [MS-OXIMAP4] does: the products offer it.
  p.mechanisms = {"NTLM", "GSSAPI", "PLAIN"};
  return p;
}

personality personality::exchange_2016() {
  personality p;
  p.name = "2016";
  p.mechanisms = {"GSSAPI", "PLAIN"};
  return p;
}

personality personality::generic() {
  personality p;
  p.name = "generic";
  p.greeting = "outmap-exchange ready";
  p.base_capabilities = {"IMAP4rev1"};
  p.mechanisms = {"NTLM", "DIGEST-MD5", "PLAIN"};
  p.unsupported_mechanism = refusal::no;
  p.cancelled = refusal::bad;
  p.keywords = true;
  p.names_ignore_case = false;
  p.rename_delimiter = true;
  p.bare_reference_lists = true;
  p.lsub_drops_attributes = false;
  p.sizes = size_rule::exact;
  p.push_flag_changes = true;
  return p;
}

std::optional<personality> personality::by_name(std::string_view name) {
  for (auto make : {&personality::exchange_2007, &personality::exchange_2010sp2, &personality::exchange_2016,
                    &personality::generic}) {
    if (personality p = make(); p.name == name) return p;
  }
  return std::nullopt;
}

std::vector<std::string> personality::names() {
  return {exchange_2007().name, exchange_2010sp2().name, exchange_2016().name, generic().name};
}

}  // namespace outmap::exchange
