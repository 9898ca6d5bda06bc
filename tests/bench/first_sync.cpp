// A first sync from Dovecot over TLS against the bare read of the same messages, as a ratio. Not a test: nothing here
// can fail for being slow.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "bench/drain.hpp"
#include "interop/dovecot_server.hpp"
#include "interop/raw_imap.hpp"
#include "outmap/account.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace outmap;

constexpr const char* all_bodies = "UID FETCH 1:* (UID FLAGS BODY.PEEK[])";

struct figures {
  double wall = 0;
  double cpu = 0;
  double peak_mib = 0;
  std::uint64_t octets = 0;
};

// Most mail is small and most octets are in the few large ones.
std::string message(std::mt19937& random, std::size_t number) {
  const auto kind = random() % 100;
  const std::size_t size = kind < 70   ? 2000 + random() % 6000
                           : kind < 95 ? 20000 + random() % 40000
                                       : 200000 + random() % 200000;
  std::string text = "From: Sender " + std::to_string(random() % 500) + " <s" + std::to_string(random() % 500) +
                     "@example.com>\r\nTo: alice@example.com\r\nSubject: message " + std::to_string(number) +
                     "\r\nDate: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <" + std::to_string(number) + "." +
                     std::to_string(random()) +
                     "@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: "
                     "application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.size() < size) {
    for (int i = 0; i < 76; i += 4) {
      const auto r = random();
      for (int k = 0; k < 4; ++k) text += alphabet[r >> (6 * k) & 63u];
    }
    text += "\r\n";
  }
  return text;
}

void fill(const interop::dovecot_server& server, std::size_t count) {
  interop::raw_imap imap(server, interop::security::implicit_tls);
  imap.login();
  std::mt19937 random(42);
  for (std::size_t done = 0; done < count;) {
    std::vector<interop::outgoing_message> batch;
    for (; batch.size() < 500 && done < count; ++done) batch.push_back({message(random, done), {}, {}});
    imap.append_all("INBOX", batch);
    std::cerr << "\rfilling: " << done << " of " << count << std::flush;
  }
  std::cerr << '\n';
}

// Runs this program again for one measured piece of work, so that its peak memory is its own.
figures measured(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {std::filesystem::read_symlink("/proc/self/exe").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto ended = test::run({.argv = argv}, std::chrono::minutes(30));
  if (!ended.ok()) throw std::runtime_error(test::describe(ended));
  figures f;
  std::istringstream(ended.out) >> f.wall >> f.cpu >> f.peak_mib >> f.octets;
  return f;
}

template <class Work>
int report(Work work) {
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t octets = work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::cout << wall.count() << ' ' << seconds(used.ru_utime) + seconds(used.ru_stime) << ' '
            << static_cast<double>(used.ru_maxrss) / 1024 << ' ' << octets << '\n';
  return 0;
}

std::uint64_t sync(const std::string& port, const std::string& ca, const std::string& cache, const std::string& date) {
  account_config c;
  c.host = "localhost";
  c.port = static_cast<std::uint16_t>(std::stoi(port));
  c.user = "alice";
  c.password = secret("bench");
  c.ca_file = ca;
  c.cache = cache;
  c.auth.allowed = {mechanism::plain};
  c.received = date == "header" ? received_date::header : received_date::internal;
  account a(std::move(c));
  const auto done = a.sync();
  if (!done) throw std::runtime_error(done.error().message());
  if (done->failure) throw std::runtime_error(done->failure->message());
  return done->octets_read;
}

figures median(std::vector<figures> runs) {
  std::sort(runs.begin(), runs.end(), [](const figures& a, const figures& b) { return a.wall < b.wall; });
  return runs[runs.size() / 2];
}

void print(const char* what, const figures& f, const figures& base) {
  std::printf("| %-44s | %7.2f | %7.2f | %5.2f | %8.1f | %8.1f |\n", what, f.wall, f.cpu, f.wall / base.wall,
              f.peak_mib, static_cast<double>(f.octets) / 1e6);
}

int run(std::size_t count, int rounds) {
  interop::dovecot_options options;
  options.password = "bench";
  options.format = interop::storage::mdbox;
  const interop::dovecot_server server(options);
  fill(server, count);
  const test::temp_dir dir;
  const auto port = std::to_string(server.imaps_port());
  const auto ca = server.ca_file().string();
  std::vector<figures> drains;
  std::vector<figures> headers_first;
  std::vector<figures> one_pass;
  measured({"drain", port});
  for (int i = 0; i < rounds; ++i) {
    const auto cache = [&](const char* kind) { return (dir / (kind + std::to_string(i))).string(); };
    drains.push_back(measured({"drain", port}));
    headers_first.push_back(measured({"sync", port, ca, cache("a"), "internal"}));
    one_pass.push_back(measured({"sync", port, ca, cache("b"), "header"}));
    std::filesystem::remove(cache("a"));
    std::filesystem::remove(cache("b"));
  }
  const auto base = median(drains);
  std::printf(
      "%zu messages, %d rounds, medians; Dovecot mdbox on loopback with TLS, server and client on the same machine\n\n",
      count, rounds);
  std::printf("| work                                         |  wall s |   CPU s | ratio | peak MiB |  MB read |\n");
  std::printf("|----------------------------------------------|---------|---------|-------|----------|----------|\n");
  print("drain: one FETCH of all bodies, thrown away", base, base);
  print("sync, headers first (default)", median(headers_first), base);
  print("sync, bodies in one pass (received = header)", median(one_pass), base);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    if (args.size() == 2 && args[0] == "drain") {
      const auto port = static_cast<std::uint16_t>(std::stoi(args[1]));
      return report([&] { return bench::drain({"localhost", port, "alice", "bench", "INBOX", all_bodies}); });
    }
    if (args.size() == 5 && args[0] == "sync") return report([&] { return sync(args[1], args[2], args[3], args[4]); });
    if (args.size() <= 2) {
      const auto missing = interop::missing_programs();
      if (!missing.empty()) throw std::runtime_error(missing);
      return run(args.empty() ? 20000 : std::stoul(args[0]), args.size() < 2 ? 3 : std::stoi(args[1]));
    }
    std::cerr << "usage: bench_first_sync [MESSAGES [ROUNDS]]\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "bench_first_sync: " << e.what() << '\n';
    return 1;
  }
}
