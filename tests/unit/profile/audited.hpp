// Short ways to audit a text in a test.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "support/audit_report.hpp"

namespace outmap::test {

struct audited {
  audit_report report;
  audit_summary counts;
  result<void> ok;
};

inline audited audit_text(const std::string& text, const auth_policy& policy = {},
                          std::size_t chunk = std::size_t{1} << 16) {
  audited out;
  auditor judge({policy}, out.report);
  out.ok = judge.transcript({"t", source_of(text, chunk)});
  out.counts = judge.summary();
  return out;
}

inline audited audit_pair(const std::string& client, const std::string& server) {
  audited out;
  auditor judge({}, out.report);
  out.ok = judge.rawlog(audit_stream{"t.in", source_of(client)}, audit_stream{"t.out", source_of(server)});
  out.counts = judge.summary();
  return out;
}

/// A session up to the open mailbox, without a fault. `listed` is what CAPABILITY says after the login.
inline std::string opened(const std::string& listed = "IMAP4rev1 IDLE") {
  return "S: * OK ready\nC: k3f0 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: k3f0 OK done\n"
         "C: 9zq1 LOGIN <secret> \"<secret>\"\nS: 9zq1 OK in\n"
         "C: p0x7 CAPABILITY\nS: * CAPABILITY " +
         listed +
         "\nS: p0x7 OK done\n"
         "C: m2b5 SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 1] ok\nS: m2b5 OK [READ-WRITE] done\n";
}

/// The verdict on one command in an open mailbox.
inline audited audit_command_text(const std::string& command, const std::string& listed = "IMAP4rev1 IDLE") {
  return audit_text(opened(listed) + "C: w8e4 " + command + "\nS: w8e4 OK done\n");
}

}  // namespace outmap::test
