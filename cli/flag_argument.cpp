#include "cli/flag_argument.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/nearest.hpp"

namespace outmap::cli {

result<system_flag> flag_named(std::string_view word) {
  static constexpr std::pair<std::string_view, system_flag> flags[] = {{"seen", system_flag::seen},
                                                                       {"answered", system_flag::answered},
                                                                       {"flagged", system_flag::flagged},
                                                                       {"deleted", system_flag::deleted},
                                                                       {"draft", system_flag::draft}};
  std::string name(word.substr(word.starts_with('\\') ? 1 : 0));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::vector<std::string_view> names;
  for (const auto& [known, flag] : flags) {
    if (known == name) return flag;
    names.push_back(known);
  }
  return fail(errc::invalid_argument, "'" + printable(word, 100) + "' is no flag" + did_you_mean(name, names) +
                                          ": seen, answered, flagged, deleted and draft are; keywords are never sent");
}

}  // namespace outmap::cli
