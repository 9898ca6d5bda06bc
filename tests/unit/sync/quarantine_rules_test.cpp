#include <doctest/doctest.h>

#include <string>

#include "sync/retry_policy.hpp"
#include "sync/stand_in.hpp"

using namespace outmap::sync;

TEST_CASE("a message in quarantine is asked for in the next run, then after 1, 6 and 24 hours") {
  constexpr std::int64_t then = 1'700'000'000;
  constexpr std::int64_t hour = 3600;
  CHECK(is_due(1, then, then));
  CHECK_FALSE(is_due(2, then, then + hour - 1));
  CHECK(is_due(2, then, then + hour));
  CHECK_FALSE(is_due(3, then, then + 6 * hour - 1));
  CHECK(is_due(3, then, then + 6 * hour));
  for (const std::uint32_t tries : {4u, 5u, 1000u, UINT32_MAX}) {
    CHECK_FALSE(is_due(tries, then, then + 24 * hour - 1));
    CHECK(is_due(tries, then, then + 24 * hour));
  }
  // The clock was set back.
  CHECK(is_due(4, then, then - 1));
}

namespace {

const std::string subject = "Retrieval using the IMAP4 protocol failed for the following message: ";

std::string message(const std::string& from, const std::string& about, const std::string& more = {}) {
  return "From: " + from + "\r\nSubject: " + about + "\r\n" + more + "\r\nThe server could not.\r\n";
}

}  // namespace

TEST_CASE("words about a failure are told from a message") {
  CHECK(is_stand_in(message("Microsoft Exchange", subject + "12")));
  CHECK(is_stand_in(message("\"Microsoft Exchange Server\" <x@example.org>", subject + "12")));
  CHECK(is_stand_in(message("Microsoft Exchange",
                            "Retrieval using the IMAP4 protocol failed for the\r\n following "
                            "message: 12")) == false);
  CHECK_FALSE(is_stand_in(message("Anna <anna@example.org>", subject + "12")));
  CHECK_FALSE(is_stand_in(message("Microsoft Exchange", "Fwd: " + subject + "12")));
  CHECK_FALSE(is_stand_in(message("Microsoft Exchange", subject + "yours")));
  CHECK_FALSE(is_stand_in(message("Microsoft Exchange", subject)));
  CHECK_FALSE(is_stand_in(message("Microsoft Exchange", subject + "12", "Received: by mail.example.org\r\n")));
  CHECK_FALSE(is_stand_in(message("Microsoft Exchange", subject + "12") + std::string(20000, 'x')));
  CHECK_FALSE(is_stand_in("\r\nFrom: Microsoft Exchange\r\nSubject: " + subject + "12\r\n"));
  CHECK_FALSE(is_stand_in(""));
}
