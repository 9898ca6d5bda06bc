// The auditor on any text: a trace, a rawlog or neither. The first octet says how it is read, and in what pieces.
#include <algorithm>
#include <cstring>

#include "fuzz_input.hpp"
#include "outmap/audit.hpp"

using namespace outmap;
using fuzz::must;

namespace {

class judge final : public audit_observer {
 public:
  std::string all;
  void on_command(const audited_command& command) override {
    must(command.text.size() <= 4 * 200 + 8, "a bounded text");
    must(printable(command.text) == command.text, "a printable text");
    must((command.verdict == audit_verdict::violation) == !command.findings.empty(), "a violation breaks a rule");
    all += std::string(to_string(command.verdict)) + ' ' + command.text + '\n';
    for (const auto& finding : command.findings) take(finding);
  }
  void on_finding(std::uint64_t, const audit_finding& finding) override { take(finding); }
  void on_remark(std::string_view, std::string_view text) override {
    must(printable(text) == text, "a printable remark");
    all += std::string(text) + '\n';
  }

 private:
  void take(const audit_finding& finding) {
    must(!finding.rules.empty(), "a rule");
    must(printable(finding.what) == finding.what, "a printable finding");
    all += finding.what + '\n';
  }
};

audit_stream stream(std::string_view text, std::size_t chunk) {
  return {"input", [text, chunk](std::span<char> into) mutable -> result<std::size_t> {
            const auto now = std::min({chunk, into.size(), text.size()});
            std::memcpy(into.data(), text.data(), now);
            text.remove_prefix(now);
            return now;
          }};
}

std::string verdicts(std::uint8_t kind, std::string_view text, std::size_t chunk) {
  judge to;
  auditor of({}, to);
  const auto half = text.size() / 2;
  bool good = false;
  if (kind == 0) {
    good = of.transcript(stream(text, chunk)).has_value();
  } else if (kind == 1) {
    good = of.rawlog(stream(text.substr(0, half), chunk), stream(text.substr(half), chunk)).has_value();
  } else if (kind == 2) {
    good = of.rawlog(stream(text, chunk), std::nullopt).has_value();
  } else {
    good = of.rawlog(std::nullopt, stream(text, chunk)).has_value();
  }
  const auto& sum = of.summary();
  must(sum.commands == sum.allowed + sum.extensions + sum.violations, "the counts add up");
  return to.all + (good ? "good" : "bad");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto how = in.octet();
  must(verdicts(how % 4, in.rest(), SIZE_MAX) == verdicts(how % 4, in.rest(), 1 + how / 4), "the same in any pieces");
  return 0;
}
