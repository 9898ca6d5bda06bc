// The seam between protocol and network: what a session needs of a connection.
#pragma once

#include <asio/awaitable.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "net/tls_options.hpp"
#include "outmap/error.hpp"

namespace outmap::net {

/// A byte stream that can be raised to TLS. Belongs to one executor. Every wait ends at the latest after the timeout it
/// was made with (errc::timed_out) or when interrupted (errc::cancelled). One read and one write may be under way at
/// the same time, in two coroutines of that executor; nothing may run beside start_tls().
class transport {
 public:
  virtual ~transport() = default;
  /// At least one octet; connection_lost at the end of the stream.
  virtual asio::awaitable<result<std::size_t>> read_some(std::span<char> into) = 0;
  /// All of it. The deadline starts anew with every 512 KiB, and with the end of the write that of a pending read.
  virtual asio::awaitable<result<void>> write(std::string_view octets) = 0;
  /// Handshake and verification. After an error the transport is closed.
  virtual asio::awaitable<result<void>> start_tls(const tls_options& options) = 0;
  [[nodiscard]] virtual const tls_facts* tls() const = 0;
  /// After a failed start_tls(): the certificate that was refused, if that was the reason.
  [[nodiscard]] virtual const tls_facts* refused() const { return nullptr; }
  /// "127.0.0.1:993", for traces and errors.
  [[nodiscard]] virtual std::string peer() const = 0;
  /// While true nothing is being waited for (IDLE) and no wait times out, the pending one neither. False starts its
  /// deadline anew.
  virtual void set_idle(bool /*on*/) {}
  /// While true all reads and writes together have the deadline of one: a peer that drips octets does not put it off.
  virtual void set_one_deadline(bool /*on*/) {}
  virtual void close() noexcept = 0;
};

}  // namespace outmap::net
