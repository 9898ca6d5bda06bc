// A larger cache: what indexing and searching cost, and that the answers are those of a walk through all messages.
// OUTMAP_SEARCH_MESSAGES=20000 is the long run; the times are printed, never judged.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "outmap/search.hpp"
#include "unit/archive/sample_cache.hpp"

using namespace archive_test;
using namespace outmap;

namespace {

const std::atomic<bool> never{false};
constexpr std::uint32_t batch = 1000;

std::uint32_t messages() {
  const char* const wanted = std::getenv("OUTMAP_SEARCH_MESSAGES");
  return wanted == nullptr ? 400 : static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10));
}

// Words as languages have them: few are frequent, most are rare.
class author {
 public:
  std::string word() {
    const double rank = std::pow(60'000.0, static_cast<double>(next() % 100'000) / 100'000.0);
    auto n = static_cast<std::uint32_t>(rank);
    std::string out;
    do {
      out += "bcdfghklmnprstvz"[n % 16];
      out += "aeiou"[n / 16 % 5];
      n /= 80;
    } while (n > 0);
    return out;
  }
  std::string text(std::size_t words) {
    std::string out;
    for (std::size_t i = 0; i < words; ++i) out += word() + (i % 12 == 11 ? "\r\n" : " ");
    return out;
  }
  std::uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33);
  }

 private:
  std::uint64_t state_ = 7;
};

std::string letter(author& by, std::uint32_t n) {
  const bool html = n % 3 == 0;
  std::string out = "From: Sender " + std::to_string(n % 97) + " <s" + std::to_string(n % 97) +
                    "@mail.example>\r\nTo: anna@mail.example\r\nSubject: " + by.word() + " " + by.word() + " needle" +
                    std::to_string(n) + "\r\nDate: Fri, 1 Mar 2024 12:30:00 +0100\r\nMIME-Version: 1.0\r\n";
  const auto body = by.text(100 + by.next() % 600);
  if (html)
    return out + "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>" + body + "</p></body></html>\r\n";
  return out + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + body +
         "\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=f" + std::to_string(n) +
         ".pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + std::string(n % 5 == 0 ? 8000 : 80, 'A') +
         "\r\n--b--\r\n";
}

class watch {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

TEST_CASE("many messages are indexed and found") {
  const auto count = messages();
  author by;
  sample_cache cache;
  std::uint64_t octets = 0;
  for (std::uint32_t first = 1; first <= count; first += batch) {
    std::vector<sample_message> some;
    for (auto n = first; n < first + batch && n <= count; ++n) {
      some.push_back({n, letter(by, n), static_cast<std::uint8_t>(n % 4 == 0 ? 0 : 1), some_day + n});
      octets += some.back().text.size();
    }
    cache.put("INBOX", some);
  }

  auto search = need(mail_search::open(cache.file()));
  const auto report = need(search.update(never));
  CHECK(report.added == count);
  CHECK(report.read == count);
  const auto size = std::filesystem::file_size(cache.file().string() + ".search");
  MESSAGE(count << " messages, " << octets / 1'000'000.0 << " MB: indexed in " << report.seconds << " s, index "
                << size / 1'000'000.0 << " MB");
  const watch again;
  CHECK(need(search.update(never)).added == 0);
  MESSAGE("nothing new: " << again.milliseconds() << " ms");

  const auto asked = [&](const std::string& line) {
    const auto query = need(parse_search(line, some_day));
    const watch time;
    const auto found = need(search.find(query, 50));
    MESSAGE(line << ": " << found.found << " found in " << time.milliseconds() << " ms");
    return found;
  };
  const auto one = asked("needle" + std::to_string(count / 2));
  REQUIRE(one.found == 1);
  CHECK(one.hits[0].message.uid.value == count / 2);
  CHECK(asked("from:\"sender 13\" is:unread").found == [&] {
    std::uint64_t out = 0;
    for (std::uint32_t n = 1; n <= count; ++n) out += n % 97 == 13 && n % 4 == 0;
    return out;
  }());
  CHECK(asked("has:attachment").found == count - count / 3);
  CHECK(asked("anna").found == count);
  CHECK(asked("is:unread").found == count / 4);
  CHECK(asked("needle1*").found >= 1);
  asked("ba");
  asked("ba -ca from:sender is:read");
  CHECK(asked("since:2023-11-14 anna").hits.front().message.uid.value == count);

  cache.put("INBOX", {{count + 1, letter(by, count + 1), 0, some_day + count + 1}});
  const watch later;
  CHECK(need(search.update(never)).read == 1);
  MESSAGE("one more message: " << later.milliseconds() << " ms");
}
