// verify_store() and account::verify().
#include <algorithm>
#include <chrono>
#include <utility>

#include "api/account_impl.hpp"
#include "archive/server_check.hpp"
#include "auth/sasl_mechanism.hpp"
#include "cache/reader.hpp"
#include "cache/store_check.hpp"
#include "outmap/verify.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

using moment = std::chrono::steady_clock::time_point;

double seconds_since(moment began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void conclude(verify_report& report) {
  if (report.failure || report.mismatches == 0) return;
  const bool only_validity =
      report.mismatches ==
      static_cast<std::uint64_t>(std::count_if(report.findings.begin(), report.findings.end(),
                                               [](const finding& f) { return f.kind == finding_kind::uid_validity; }));
  report.failure = error(only_validity ? errc::uid_validity_changed : errc::verification_failed,
                         std::to_string(report.mismatches) + (report.mismatches == 1 ? " case" : " cases"));
}

}  // namespace

result<verify_report> verify_store(const std::filesystem::path& cache, const std::atomic<bool>& stop,
                                   const std::function<void(std::uint64_t)>& step) {
  const auto began = std::chrono::steady_clock::now();
  const auto checked = cache::check_store(cache, [&](std::uint64_t octets) {
    if (step) step(octets);
    return !stop;
  });
  if (!checked) return tl::unexpected(checked.error());
  verify_report report;
  report.messages = checked->messages;
  report.bodies = checked->bodies;
  report.octets = checked->octets;
  report.seals = checked->seals;
  report.sealed_at = checked->sealed_at;
  report.seal = checked->seal;
  report.changed_since_sealed = checked->changed_since_sealed;
  report.mismatches = checked->fault_count;
  for (const auto& f : checked->faults) {
    const auto folder = f.mailbox.wire().empty() ? std::string() : wire::display_name(f.mailbox.wire());
    report.findings.push_back({finding_kind::damaged, folder, f.uid, printable(f.what, 500)});
  }
  report.seconds = seconds_since(began);
  conclude(report);
  return report;
}

asio::awaitable<result<verify_report>> account::impl::verify(const verify_options& options) {
  const auto began = std::chrono::steady_clock::now();
  if (auto ok = validate(config); !ok) co_return tl::unexpected(ok.error());
  if (!(options.sample > 0) || options.sample > 1)
    co_return fail(errc::invalid_argument, "the sample must be more than 0 and at most all");
  auto from = cache::reader::open(config.cache);
  if (!from) co_return tl::unexpected(from.error());
  session::connector with(config, surroundings());
  auto on = co_await log_in(with);
  if (!on) co_return tl::unexpected(on.error());
  (*on)->talk().set_read_only(true);
  verify_report report;
  archive::server_check::order what;
  what.wants = [&](std::string_view name) { return matches(options.folders, name); };
  what.content = options.content;
  what.sample = options.sample;
  what.random = [fill = auth::system_random()] {
    std::uint64_t out = 0;
    fill(std::span<unsigned char>(reinterpret_cast<unsigned char*>(&out), sizeof out));
    return out;
  };
  archive::server_check work(**on, **from, config.limits, std::move(what), *watch, report);
  const auto done = co_await work.run();
  if (done) {
    co_await (*on)->logout(config.wait_for_logout);
  } else {
    report.failure = done.error();
  }
  report.seconds = seconds_since(began);
  conclude(report);
  co_return report;
}

}  // namespace outmap
