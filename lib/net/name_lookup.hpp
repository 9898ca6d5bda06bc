// Host names to addresses, without waiting longer than one wants to.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

namespace outmap::net {

/// The system's resolver blocks and cannot be cut short, and Asio's waits for it when the executor ends. So each
/// look-up runs on a thread of its own, which is left to itself when nobody waits for it any more. Belongs to one
/// executor.
class name_lookup {
 public:
  using endpoints = asio::ip::tcp::resolver::results_type;
  /// Blocks; called on the look-up's own thread, possibly beyond the life of this object.
  using function = std::function<endpoints(const std::string& host, const std::string& port, std::error_code& problem)>;

  explicit name_lookup(const asio::any_io_executor& on, function how = system_lookup);
  ~name_lookup() { cancel(); }
  name_lookup(const name_lookup&) = delete;
  name_lookup& operator=(const name_lookup&) = delete;

  /// One at a time. After cancel(): asio::error::operation_aborted, at once.
  asio::awaitable<endpoints> resolve(std::string host, std::string port, std::error_code& problem);
  void cancel() noexcept;

  static endpoints system_lookup(const std::string& host, const std::string& port, std::error_code& problem);

 private:
  struct shared;

  asio::steady_timer waiting_;
  function how_;
  std::shared_ptr<shared> running_;
};

}  // namespace outmap::net
