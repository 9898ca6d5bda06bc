// From the moment a server has a new message to the moment an app is told of it, the cache holding it.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/bench_case.hpp"
#include "exchange/server.hpp"
#include "outmap/account.hpp"

namespace outmap::bench {
namespace {

using clock = std::chrono::steady_clock;

struct arrivals final : observer {
  std::mutex mutex;
  std::condition_variable more;
  std::uint32_t last = 0;
  clock::time_point at;

  void on_message_new(std::string_view, uid which) noexcept override {
    const std::lock_guard lock(mutex);
    last = which.value;
    at = clock::now();
    more.notify_all();
  }
  clock::time_point wait_for(std::uint32_t which) {
    std::unique_lock lock(mutex);
    if (!more.wait_for(lock, std::chrono::minutes(1), [&] { return last >= which; }))
      throw std::runtime_error("a message was not told of within a minute");
    return at;
  }
};

std::string mail_of(std::size_t octets) {
  std::string out = "Subject: a mail\r\n\r\n";
  while (out.size() < octets) out += "So many octets, and a few more of them, until it is long enough.\r\n";
  return out;
}

// Milliseconds, ascending.
std::vector<double> latencies(std::size_t count, std::size_t octets) {
  const test::temp_dir folder;
  exchange::server_options options;
  options.accounts = {{"anna", secret("s3cret")}};
  exchange::server server(std::move(options));
  if (auto up = server.start(); !up) throw std::runtime_error(up.error().message());
  account_config config;
  config.host = "localhost";
  config.port = server.tls_port();
  config.user = "anna";
  config.password = secret("s3cret");
  config.ca_file = folder / "ca.pem";
  config.cache = folder / "watch.outmap";
  if (auto ok = server.write_ca(config.ca_file); !ok) throw std::runtime_error(ok.error().message());
  arrivals heard;
  account on(config, &heard);
  std::thread running([&] { static_cast<void>(on.watch()); });
  std::vector<double> out;
  std::string problem;
  try {
    for (std::size_t i = 1; i <= count; ++i) {
      if (!server.log().wait_for("IDLE", i)) throw std::runtime_error("the watch does not idle");
      const auto begun = clock::now();
      const auto which = server.store().add("INBOX", mail_of(octets));
      out.push_back(std::chrono::duration<double, std::milli>(heard.wait_for(which) - begun).count());
    }
  } catch (const std::exception& e) {
    problem = e.what();
  }
  on.cancel();
  running.join();
  if (!problem.empty()) throw std::runtime_error(problem);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

void watch_case(const bench_case& with) {
  const auto count = with.scaled(200);
  with.out.heading("watch: IDLE to event, " + std::to_string(count) + " messages one by one (bundled server, TLS)");
  for (const std::size_t octets : {4'000, 1'000'000}) {
    const auto all = latencies(count, octets);
    const auto part = [&](double share) {
      return number(all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]);
    };
    with.out.remark("messages of " + std::to_string(octets / 1000) + " KB: median " + part(0.5) + " ms, p95 " +
                    part(0.95) + " ms, most " + part(1) + " ms");
  }
}

}  // namespace outmap::bench
