#include "cli/password_source.hpp"

#include <string.h>

#include <cstdlib>
#include <string_view>

#include "cli/shell_command.hpp"
#include "cli/small_file.hpp"
#include "cli/terminal_prompt.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t largest_line = std::size_t{64} << 10;

// A file or command of another system may end its line with CRLF.
secret without_carriage_return(const secret& line) {
  auto text = line.reveal();
  if (text.ends_with('\r')) text.remove_suffix(1);
  return secret(text);
}

result<found_password> from_file(const std::filesystem::path& file) {
  auto content = read_first_line(file, largest_line);
  if (!content) return tl::unexpected(content.error());
  found_password out;
  out.value = without_carriage_return(secret(content->octets));
  wipe(content->octets);
  if (content->readable_by_others)
    out.warning = "others can read the password file " + file.string() + "; chmod 600 it";
  return out;
}

result<found_password> checked(result<found_password> got, const std::string& where) {
  if (!got) return got;
  if (got->value.empty()) return fail(errc::credentials_missing, where + " gave an empty password");
  if (got->value.reveal().find('\0') != std::string_view::npos)
    return fail(errc::credentials_missing, where + " gave a password with a NUL in it");
  return got;
}

}  // namespace

std::optional<secret> take_environment_password() {
  char* const value = std::getenv(password_variable);  // NOLINT(concurrency-mt-unsafe): there is one thread yet
  if (value == nullptr) return std::nullopt;
  secret out{std::string_view(value)};
  ::explicit_bzero(value, ::strlen(value));
  ::unsetenv(password_variable);  // NOLINT(concurrency-mt-unsafe): as above
  return out;
}

result<found_password> find_password(const password_source& source, const std::string& whose,
                                     const interruption& stop) {
  if (source.given) return checked(found_password{*source.given, {}}, password_variable);
  if (!source.file.empty()) return checked(from_file(source.file), "the password file " + source.file.string());
  if (!source.command.empty()) {
    auto line = first_line_of(source.command, stop);
    if (!line) return tl::unexpected(line.error());
    return checked(found_password{without_carriage_return(*line), {}}, "the password command");
  }
  if (!can_prompt()) return fail(errc::credentials_missing, "no password for " + whose);
  auto answer = prompt_for_secret("Password for " + printable(whose, 256) + ": ", stop);
  if (!answer) return tl::unexpected(answer.error());
  return checked(found_password{std::move(*answer), {}}, "the terminal");
}

}  // namespace outmap::cli
