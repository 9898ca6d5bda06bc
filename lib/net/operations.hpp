// Operations that coroutines wait for, begun without asking for memory.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <system_error>

namespace outmap::net {

/// Asio begins what a coroutine awaits where an exception ends the program (`await_suspend` of its use_awaitable is
/// noexcept), and asks for memory there. These have that memory in the frame of a coroutine of their own, which is
/// asked for where std::bad_alloc reaches the caller. Nothing else in the library may await Asio's own operations.
///
/// What is waited for belongs to the executor of the caller and must outlive the waiting.

/// Until the timer expires or is cancelled.
asio::awaitable<void> wait(asio::steady_timer& timer);

/// At least one octet, or an error.
asio::awaitable<std::size_t> receive_some(asio::ip::tcp::socket& from, asio::mutable_buffer into,
                                          std::error_code& problem);
asio::awaitable<std::size_t> send_some(asio::ip::tcp::socket& to, asio::const_buffer octets, std::error_code& problem);
/// All of it, or an error.
asio::awaitable<void> send(asio::ip::tcp::socket& to, asio::const_buffer octets, std::error_code& problem);
/// Each end point in its turn, until one answers: that one, or the last one's error.
asio::awaitable<asio::ip::tcp::endpoint> connect(asio::ip::tcp::socket& with,
                                                 const asio::ip::tcp::resolver::results_type& to,
                                                 std::error_code& problem);

/// Behind what was posted before.
asio::awaitable<void> take_turn(asio::io_context& on);

/// A timer that begins to wait asks for a place among those that wait. Makes places for `most` at a time in advance;
/// more may end the program when memory runs out just then.
void reserve_timers(asio::io_context& on, std::size_t most = 256);

}  // namespace outmap::net
