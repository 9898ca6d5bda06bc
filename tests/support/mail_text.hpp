// Small messages that tell who they are.
#pragma once

#include <string>

namespace outmap::test {

/// Its Message-ID is <name@example.com>; `more`: whole header fields.
inline std::string mail_text(const std::string& name, const std::string& more = {}) {
  return "Message-ID: <" + name + "@example.com>\r\nDate: Fri, 1 Aug 2025 10:00:00 +0000\r\nSubject: " + name + "\r\n" +
         more + "\r\nbody of " + name + "\r\n";
}

}  // namespace outmap::test
