#include "cli/exit_code.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace outmap;
using namespace outmap::cli;

namespace {

// Every value that the library itself has words for.
std::vector<errc> all_errors() {
  std::vector<errc> out;
  for (int value = 1; value < 1000; ++value) {
    if (outmap_category().message(value) != "unknown error") out.push_back(static_cast<errc>(value));
  }
  return out;
}

}  // namespace

TEST_CASE("every error has an exit code, a name of its own and a row in the table") {
  std::set<std::string_view> names;
  for (const auto code : all_errors()) {
    CAPTURE(static_cast<int>(code));
    CHECK(name_of(code) != "unknown");
    CHECK(names.insert(name_of(code)).second);
    const auto ends_with = exit_code_of(code);
    CHECK(ends_with != exit_code::complete);
    CHECK((ends_with == exit_code::internal) == (code == errc::internal));
    const auto rows = exit_codes();
    CHECK(std::any_of(rows.begin(), rows.end(), [&](const auto& r) { return r.code == ends_with; }));
    const auto causes = causes_of(ends_with);
    CHECK(std::find(causes.begin(), causes.end(), code) != causes.end());
  }
  CHECK(names.size() >= 46);
}

TEST_CASE("the exit codes are the promised ones") {
  std::set<int> values;
  for (const auto& row : exit_codes()) values.insert(static_cast<int>(row.code));
  CHECK(values == std::set<int>{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24, 130});
  const std::map<errc, int> expected = {{errc::config_invalid, 2},
                                        {errc::guard_tripped, 21},
                                        {errc::uid_validity_changed, 20},
                                        {errc::verification_failed, 24},
                                        {errc::wrong_format, 3},
                                        {errc::cache_foreign, 2},
                                        {errc::cache_newer, 2},
                                        {errc::cache_other_account, 2},
                                        {errc::cache_unavailable, 2},
                                        {errc::disk_full, 3},
                                        {errc::incomplete, 3},
                                        {errc::connection_refused, 10},
                                        {errc::timed_out, 10},
                                        {errc::greeting_bye, 10},
                                        {errc::server_bye, 10},
                                        {errc::certificate_expired, 11},
                                        {errc::starttls_unavailable, 11},
                                        {errc::plaintext_after_starttls, 11},
                                        {errc::preauth_before_tls, 11},
                                        {errc::login_disabled, 12},
                                        {errc::authentication_failed, 12},
                                        {errc::plaintext_forbidden, 12},
                                        {errc::not_imap, 14},
                                        {errc::limit_exceeded, 14},
                                        {errc::cache_locked, 22},
                                        {errc::cache_damaged, 23},
                                        {errc::cancelled, 130}};
  for (const auto& [code, value] : expected) {
    CAPTURE(name_of(code));
    CHECK(static_cast<int>(exit_code_of(code)) == value);
  }
}

TEST_CASE("several accounts end with what they have in common") {
  using enum exit_code;
  const auto of = [](std::vector<exit_code> codes) { return combined(codes); };
  CHECK(of({}) == complete);
  CHECK(of({complete, complete}) == complete);
  CHECK(of({authentication, authentication}) == authentication);
  CHECK(of({complete, authentication}) == partial);
  CHECK(of({network, authentication}) == partial);
  CHECK(of({complete, network, interrupted}) == interrupted);
  CHECK(of({complete, changes_pending}) == changes_pending);
  CHECK(of({changes_pending, changes_pending}) == changes_pending);
  CHECK(of({changes_pending, guard_tripped}) == partial);
}
