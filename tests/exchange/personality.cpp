#include "personality.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

/// NTLM-2.2.1-02: the words of the example, which is of this time.
personality with_ntlm(std::string name) {
  personality p;
  p.name = std::move(name);
  p.mechanisms = {"NTLM", "GSSAPI", "PLAIN"};
  return p;
}

/// XIMAP-E0003: PLAIN and GSSAPI only.
personality without_ntlm(std::string name) {
  personality p;
  p.name = std::move(name);
  p.mechanisms = {"GSSAPI", "PLAIN"};
  return p;
}

}  // namespace

void personality::take_passwords_without_tls() {
  login_disabled_plain = false;
  allow_plaintext_insecure = true;
}

personality personality::exchange_2007() {
  personality p = with_ntlm("2007");
  p.literals = name_literals::backslash;
  p.unescaped_quotes = true;
  p.loose_responses = true;
  p.asks_for_literals = literal_requests::not_uid_search;
  p.login_disabled_plain = false;
  p.regenerates_mime = true;
  return p;
}

personality personality::exchange_2003() {
  personality p = exchange_2007();
  p.name = "2003";
  p.regenerates_mime = false;
  return p;
}

personality personality::exchange_2010() {
  // XIMAP-E0003 lists no NTLM for 2010, [MS-OXIMAP4] does: the products offer it.
  personality p = with_ntlm("2010");
  p.loose_responses = true;
  p.asks_for_literals = literal_requests::not_uid_search;
  p.login_disabled_plain = false;
  p.regenerates_mime = true;
  return p;
}

personality personality::exchange_2010sp2() {
  personality p = with_ntlm("2010SP2");
  p.regenerates_mime = true;
  return p;
}

personality personality::exchange_2013() { return without_ntlm("2013"); }
personality personality::exchange_2016() { return without_ntlm("2016"); }
personality personality::exchange_2019() { return without_ntlm("2019"); }

personality personality::generic() {
  personality p;
  p.name = "generic";
  p.greeting = "outmap-exchange ready";
  p.base_capabilities = {"IMAP4rev1"};
  p.mechanisms = {"NTLM", "DIGEST-MD5", "PLAIN"};
  p.unsupported_mechanism = refusal::no;
  p.cancelled = refusal::bad;
  p.keywords = true;
  p.lenient_commands = false;
  p.search_charsets = {"US-ASCII", "UTF-8"};
  p.deepest_search = 50;
  p.names_ignore_case = false;
  p.rename_delimiter = true;
  p.bare_reference_lists = true;
  p.lsub_drops_attributes = false;
  p.sizes = size_rule::exact;
  p.push_flag_changes = true;
  p.seven_bit = false;
  p.nil_for_empty = false;
  return p;
}

namespace {

std::vector<personality> all_personalities() {
  return {personality::exchange_2003(),    personality::exchange_2007(), personality::exchange_2010(),
          personality::exchange_2010sp2(), personality::exchange_2013(), personality::exchange_2016(),
          personality::exchange_2019(),    personality::generic()};
}

}  // namespace

std::optional<personality> personality::by_name(std::string_view name) {
  std::vector<personality> all = all_personalities();
  for (personality& p : all) {
    if (same_word(p.name, name)) return std::move(p);
  }
  return std::nullopt;
}

std::vector<std::string> personality::names() {
  std::vector<std::string> all;
  for (const personality& p : all_personalities()) all.push_back(p.name);
  return all;
}

bool personality::sends_code(std::string_view code) const {
  return std::ranges::find(omitted_codes, code) == omitted_codes.end();
}

}  // namespace outmap::exchange
