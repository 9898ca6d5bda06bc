// Dovecot's octets over TLS, read and thrown away by several readers: what the transport and the wire layer cost beside
// OpenSSL alone. Not a test: nothing here can fail for being slow.
#include <sys/resource.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "bench/drain.hpp"
#include "interop/dovecot_server.hpp"
#include "interop/raw_imap.hpp"
#include "net/tcp_transport.hpp"
#include "support/process.hpp"
#include "wire/framer.hpp"
#include "wire/parser.hpp"

namespace {

using namespace outmap;

constexpr std::size_t buffer_size = 128 * 1024;

struct job {
  std::string reader;  ///< s_client, blocking, transport, wire
  std::uint16_t port = 0;
  std::string ca_file;
  std::string fetch;
};

struct figures {
  double wall = 0;
  double cpu = 0;
  std::uint64_t octets = 0;
};

[[noreturn]] void stop(const std::string& why) { throw std::runtime_error(why); }

// Reads until the last line begins with `start`; with `parse` every response is framed and parsed on the way.
asio::awaitable<std::uint64_t> read_until(net::transport& from, std::string start, bool parse) {
  std::vector<char> buffer(buffer_size);
  wire::framer in;
  std::uint64_t octets = 0;
  std::uint64_t responses = 0;
  std::string tail = "\n";
  while (true) {
    const auto got = co_await from.read_some(buffer);
    if (!got) stop(got.error().message());
    octets += *got;
    std::span<const char> input(buffer.data(), *got);
    if (parse) {
      for (auto e = in.next(input); e != wire::framer::event::need_input; e = in.next(input)) {
        if (e == wire::framer::event::failed) stop(in.failure().message());
        if (e == wire::framer::event::frame && wire::parse(in.current())) ++responses;
      }
    }
    // The last line is short and ends what the server sends.
    constexpr std::size_t longest_last_line = 512;
    tail.append(buffer.data() + *got - std::min(*got, longest_last_line), std::min(*got, longest_last_line));
    if (tail.size() > longest_last_line) tail.erase(0, tail.size() - longest_last_line);
    if (tail.back() == '\n' && tail.find("\n" + start) != std::string::npos) co_return octets;
  }
}

asio::awaitable<std::uint64_t> converse(job what) {
  net::interrupter never;
  auto connection = co_await net::connect("localhost", what.port, std::chrono::minutes(1), never);
  if (!connection) stop(connection.error().message());
  auto& to = **connection;
  net::tls_options options;
  options.host = "localhost";
  options.ca_file = what.ca_file;
  if (auto ok = co_await to.start_tls(options); !ok) stop(ok.error().message());
  co_await read_until(to, "* ", false);
  const std::string lines[] = {"a1 LOGIN alice bench\r\n", "a2 SELECT INBOX\r\n", "a3 " + what.fetch + "\r\n"};
  std::uint64_t octets = 0;
  for (const auto& line : lines) {
    if (auto ok = co_await to.write(line); !ok) stop(ok.error().message());
    octets = co_await read_until(to, line.substr(0, 2) + " OK", what.reader == "wire");
  }
  co_return octets;
}

std::uint64_t read_by_transport(const job& what) {
  asio::io_context loop(1);
  std::uint64_t octets = 0;
  asio::co_spawn(loop, converse(what), [&](const std::exception_ptr& thrown, std::uint64_t got) {
    if (thrown) std::rethrow_exception(thrown);
    octets = got;
  });
  loop.run();
  return octets;
}

std::uint64_t read_by_s_client(const job& what) {
  const auto lines =
      "printf 'a1 LOGIN alice bench\\r\\na2 SELECT INBOX\\r\\na3 " + what.fetch + "\\r\\na4 LOGOUT\\r\\n'";
  const auto ended =
      test::run({.argv = {"sh", "-c",
                          lines + " | openssl s_client -quiet -connect localhost:" + std::to_string(what.port) +
                              " 2>/dev/null >/dev/null"}},
                std::chrono::minutes(5));
  if (!ended.ok()) stop(test::describe(ended));
  return 0;
}

// One piece of work in a process of its own; prints wall seconds, CPU seconds, octets.
int work(const job& what) {
  const auto began = std::chrono::steady_clock::now();
  const bool outside = what.reader == "s_client";
  const auto octets = outside ? read_by_s_client(what)
                      : what.reader == "blocking"
                          ? bench::drain({"localhost", what.port, "alice", "bench"}, "INBOX", {what.fetch})
                          : read_by_transport(what);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  rusage used{};
  getrusage(outside ? RUSAGE_CHILDREN : RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::cout << wall.count() << ' ' << seconds(used.ru_utime) + seconds(used.ru_stime) << ' ' << octets << '\n';
  return 0;
}

figures measured(const job& what) {
  const auto ended = test::run({.argv = {std::filesystem::read_symlink("/proc/self/exe").string(), what.reader,
                                         std::to_string(what.port), what.ca_file, what.fetch}},
                               std::chrono::minutes(5));
  if (!ended.ok()) stop(test::describe(ended));
  figures f;
  std::istringstream(ended.out) >> f.wall >> f.cpu >> f.octets;
  return f;
}

void fill(const interop::dovecot_server& server, std::size_t count, std::size_t size) {
  interop::raw_imap imap(server, interop::security::implicit_tls);
  imap.login();
  const std::string line = std::string(76, 'Q') + "\r\n";
  for (std::size_t done = 0; done < count;) {
    std::vector<interop::outgoing_message> batch;
    for (; batch.size() < 500 && done < count; ++done) {
      std::string text = "From: a@example.com\r\nSubject: message " + std::to_string(done) + "\r\n\r\n";
      while (text.size() < size) text += line;
      batch.push_back({std::move(text), done % 3 == 0 ? "\\Seen" : "", {}});
    }
    imap.append_all("INBOX", batch);
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const interop::dovecot_server& server, const std::string& fetch, int rounds) {
  std::printf("\n%s\n| reader    | wall s | CPU s | CPU / blocking |   MB |\n", fetch.c_str());
  const char* const readers[] = {"blocking", "s_client", "transport", "wire"};
  std::vector<std::vector<figures>> all(std::size(readers));
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t r = 0; r < std::size(readers); ++r)
      all[r].push_back(measured({readers[r], server.imaps_port(), server.ca_file().string(), fetch}));
  }
  double base = 0;
  for (std::size_t r = 0; r < std::size(readers); ++r) {
    std::vector<double> wall;
    std::vector<double> cpu;
    for (const auto& f : all[r]) {
      wall.push_back(f.wall);
      cpu.push_back(f.cpu);
    }
    if (r == 0) base = median(cpu);
    std::printf("| %-9s | %6.3f | %5.3f | %14.2f | %4.0f |\n", readers[r], median(wall), median(cpu),
                median(cpu) / base, static_cast<double>(all[r].front().octets) / 1e6);
  }
}

int run(std::size_t count, std::size_t size, int rounds) {
  interop::dovecot_options options;
  options.password = "bench";
  options.format = interop::storage::mdbox;
  const interop::dovecot_server server(options);
  fill(server, count, size);
  std::printf("%zu messages of %zu octets, %d rounds, medians; Dovecot on loopback, one machine\n", count, size,
              rounds);
  std::fflush(stdout);
  measured({"blocking", server.imaps_port(), "", "UID FETCH 1:* (UID FLAGS BODY.PEEK[])"});
  compare(server, "UID FETCH 1:* (UID FLAGS)", rounds);
  compare(server, "UID FETCH 1:* (UID FLAGS BODY.PEEK[])", rounds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    if (args.size() == 4) return work({args[0], static_cast<std::uint16_t>(std::stoi(args[1])), args[2], args[3]});
    if (args.size() <= 3) {
      const auto missing = interop::missing_programs();
      if (!missing.empty()) stop(missing);
      return run(args.empty() ? 20000 : std::stoul(args[0]), args.size() < 2 ? 20000 : std::stoul(args[1]),
                 args.size() < 3 ? 5 : std::stoi(args[2]));
    }
    std::cerr << "usage: bench_wire_tls [MESSAGES [OCTETS [ROUNDS]]]\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "bench_wire_tls: " << e.what() << '\n';
    return 1;
  }
}
