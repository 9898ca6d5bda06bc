// The transport that real connections use.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "net/interrupter.hpp"
#include "net/transport.hpp"

namespace outmap::net {

/// Resolves and connects, trying every address in turn. Errors: host_not_found, connection_refused, connection_failed,
/// timed_out, cancelled. `stop` must outlive the transport.
asio::awaitable<result<std::unique_ptr<transport>>> connect(std::string host, std::uint16_t port,
                                                            std::chrono::milliseconds timeout, interrupter& stop);

}  // namespace outmap::net
