#include "cli/terminal.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <string>
#include <string_view>

namespace outmap::cli {
namespace {

constexpr std::size_t narrowest = 20;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody here calls setenv
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

void set_up_locale() noexcept {
  const bool set = std::setlocale(LC_CTYPE, "") != nullptr;
  if (!set || std::string_view(::nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) == 1; }

std::size_t terminal_width(int descriptor) noexcept {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::max<std::size_t>(size.ws_col, narrowest);
  const auto columns = std::strtoul(std::string(variable("COLUMNS")).c_str(), nullptr, 10);
  return columns >= narrowest && columns <= 1000 ? columns : 80;
}

bool can_redraw(int descriptor) noexcept {
  const auto kind = variable("TERM");
  return is_terminal(descriptor) && !kind.empty() && kind != "dumb";
}

bool can_colour(int descriptor) noexcept { return can_redraw(descriptor) && variable("NO_COLOR").empty(); }

}  // namespace outmap::cli
