#include <fmt/format.h>

#include "cli/command.hpp"

namespace outmap::cli {

void print_exit_codes(output& out) {
  out.print_heading("Exit codes of outmap");
  for (const auto& row : exit_codes()) {
    out.print(fmt::format("{:>5}  {}", static_cast<int>(row.code), row.meaning));
    std::string causes;
    json names = json::array();
    for (const auto code : causes_of(row.code)) {
      causes += (causes.empty() ? "" : "; ") + make_error_code(code).message();
      names.push_back(name_of(code));
    }
    if (!causes.empty()) out.print("       (" + causes + ")");
    out.event("exit_code",
              {{"code", static_cast<int>(row.code)}, {"name", row.name}, {"meaning", row.meaning}, {"errors", names}});
  }
  out.print("");
  out.print("sync with several accounts: their common code, or 3 if they ended differently (4 if dry runs ended\nwith 0 and 4); 130 if a signal came.");
  out.print("Any other code means that outmap was killed or could not be started.");
}

}  // namespace outmap::cli
