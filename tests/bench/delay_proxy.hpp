// A link with a round trip, on one machine: a TCP proxy that hands on every octet after a fixed time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace outmap::bench {

/// Listens on 127.0.0.1 and passes connections on to `host`:`port`. What is read in either direction is written
/// `one_way` later, in order; bandwidth has no limit (a direction holds at most 64 MiB on its way, which no round trip
/// below a second fills on loopback). The end of a stream travels like an octet.
///
/// The kernel accepts a connection at once, so the round trip of TCP's own handshake is added behind it: the client's
/// first octet counts as sent one round trip after the connect, the server's first octet as sent one and a half after
/// it. From there on everything takes as long as it would with a real SYN; so a client that opens a connection pays for
/// it, whether it is a drain or a sync.
///
/// Runs on a thread of its own; the destructor breaks what is open. The constructor throws std::system_error.
class delay_proxy {
 public:
  /// `listen`: 0 lets the system choose.
  delay_proxy(std::uint16_t listen, const std::string& host, std::uint16_t port, std::chrono::microseconds one_way);
  ~delay_proxy();
  delay_proxy(delay_proxy&&) = delete;
  delay_proxy& operator=(delay_proxy&&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Since the beginning.
  [[nodiscard]] std::uint64_t connections() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::bench
