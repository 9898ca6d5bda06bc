// A small IMAP server without sockets and threads, which lives by the test's clock.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport.hpp"
#include "session/clock.hpp"

namespace outmap::test {

/// One mailbox, INBOX, with messages, and other folders with unread counts only. Belongs to one executor. Connections
/// are authenticated from the greeting on (PREAUTH).
class simulated_server {
 public:
  struct message {
    std::uint32_t uid = 0;
    bool seen = false;
    std::string text;
  };
  struct statistics {
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;
    std::uint64_t autologouts = 0;
    std::map<std::string, std::uint64_t> commands;      ///< by name
    std::uint64_t status_of_selected = 0;               ///< STATUS of INBOX
    std::chrono::steady_clock::duration longest_gap{};  ///< between two octets of the client on a live connection
  };

  simulated_server(asio::any_io_executor on, session::clock& time) : on_(std::move(on)), time_(time) {}

  // How it behaves; may be changed at any time.
  bool idle = true;
  bool pushes_flags = false;
  std::string refusal;                   ///< not empty: the greeting of new connections, such as "* BYE busy"
  std::optional<std::uint32_t> lies_by;  ///< EXISTS is so much too high
  std::map<std::string, std::uint32_t> others = {{"News", 3}, {"Work", 0}};
  std::set<std::string> slow_commands;  ///< never answered

  std::unique_ptr<net::transport> connect();
  std::uint32_t add(std::string text);
  void expunge(std::uint32_t uid);
  void set_seen(std::uint32_t uid, bool seen);
  void renumber();  ///< a new UIDVALIDITY; connections get a BYE
  [[nodiscard]] const std::vector<message>& messages() const { return messages_; }

  /// Sends octets to all that have the mailbox selected.
  void inject(std::string_view octets);
  /// All connections end, with BYE or without a word.
  void drop(std::string_view bye = {});
  /// What the clients send is lost from now on, and nobody tells them.
  void vanish();
  [[nodiscard]] std::size_t open() const;
  [[nodiscard]] const statistics& seen() const { return seen_; }
  void forget_statistics() { seen_ = {}; }

 private:
  struct connection;
  class transport;

  void receive(const std::shared_ptr<connection>& from, std::string_view octets);
  void answer(connection& to, const std::string& line);
  void fetch(connection& to, std::string_view set, std::string_view items);
  void catch_up(connection& of);
  void push();
  void send(connection& to, std::string_view octets);
  void end(connection& one);
  void watch_over(const std::shared_ptr<connection>& one);
  [[nodiscard]] std::string exists_of(const connection& of) const;

  asio::any_io_executor on_;
  session::clock& time_;
  std::vector<message> messages_;
  std::uint32_t next_uid_ = 1;
  std::uint32_t validity_ = 7;
  std::vector<std::weak_ptr<connection>> connections_;
  statistics seen_;
};

}  // namespace outmap::test
