#include "wire/quirks.hpp"

#include <algorithm>
#include <array>

namespace outmap::wire {
namespace {

// XIMAP-2.1.5 says that these servers break the ABNF and not where; "loose Exchange" stands for them. Spacing is
// not among it: XIMAP-2.1.6 has every Exchange keep to one space, so loose_spacing is for others. A missing space is
// tolerated only before the parenthesis of a FETCH item.
constexpr std::string_view loose_exchange = "Exchange 2007, 2010, 2010 SP1";

constexpr std::array<quirk_entry, 15> table = {{
    {quirk::bare_lf, "bare_lf", "small hand-written servers and proxies", "OIMAP-2.1.3"},
    {quirk::loose_spacing, "loose_spacing", "servers other than Exchange (XIMAP-2.1.6)", "OIMAP-2.1.4"},
    {quirk::missing_text, "missing_text", loose_exchange, "XIMAP-2.1.5"},
    {quirk::unquoted_name, "unquoted_name", "Exchange 2007", "XIMAP-V0009"},
    {quirk::unescaped_quote, "unescaped_quote", "Exchange 2007", "XIMAP-V0009"},
    {quirk::odd_date, "odd_date", loose_exchange, "XIMAP-2.1.5"},
    {quirk::bare_continuation, "bare_continuation", "Exchange, in AUTHENTICATE NTLM", "NTLM-2.2.1-04"},
    {quirk::empty_list_item, "empty_list_item", loose_exchange, "XIMAP-2.1.5"},
    {quirk::odd_flag, "odd_flag", loose_exchange, "XIMAP-2.1.5"},
    {quirk::eight_bit, "eight_bit", "servers that send names in UTF-8 unasked", "OIMAP-2.1.3"},
    {quirk::blank_line, "blank_line", "Exchange behind proxies, in the field", "OIMAP-2.1.3"},
    {quirk::tab_in_name, "tab_in_name", "Exchange, in the field", "OIMAP-2.1.3"},
    {quirk::nil_list, "nil_list", loose_exchange, "XIMAP-2.1.5"},
    {quirk::quoted_number, "quoted_number", loose_exchange, "XIMAP-2.1.5"},
    {quirk::odd_code, "odd_code", "Exchange 2013 and later, in the field", "OIMAP-2.1.3"},
}};

}  // namespace

std::span<const quirk_entry> quirk_table() noexcept { return table; }

std::string_view quirk_name(quirk q) noexcept {
  const auto at = std::find_if(table.begin(), table.end(), [q](const quirk_entry& e) { return e.id == q; });
  return at != table.end() ? at->name : std::string_view();
}

}  // namespace outmap::wire
