#include "session/throttling.hpp"

#include <doctest/doctest.h>

using namespace outmap;
using std::chrono::milliseconds;

TEST_CASE("what a server says about the pause it wants") {
  using session::suggested_back_off;
  CHECK(suggested_back_off("Request is throttled. Suggested Backoff Time: 299499 milliseconds") ==
        milliseconds(299499));
  CHECK(suggested_back_off("REQUEST IS THROTTLED. SUGGESTED BACKOFF TIME:5 MILLISECONDS") == milliseconds(5));
  CHECK(suggested_back_off("Request is throttled.") == milliseconds(0));
  CHECK(suggested_back_off("throttled. Suggested Backoff Time: soon") == milliseconds(0));
  CHECK(suggested_back_off("throttled. Suggested Backoff Time: -7 milliseconds") == milliseconds(0));
  CHECK(suggested_back_off("throttled. Suggested Backoff Time:") == milliseconds(0));
  CHECK(suggested_back_off("throttled. Suggested Backoff Time: 99999999999999999999") == milliseconds::max());
  CHECK_FALSE(suggested_back_off("Server Unavailable. 15"));
  CHECK_FALSE(suggested_back_off(""));
}
