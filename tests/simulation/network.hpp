// The network of the machine: links between its two programs, with delays, pieces, cuts and stalls, all drawn from the
// machine's chance.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/device.hpp"
#include "simulation/machine.hpp"

namespace outmap::simulation {

/// How one connection goes, in octets from its begin. Client to server is `up`.
struct link_plan {
  std::chrono::microseconds latency{300};
  std::chrono::microseconds jitter{200};
  /// Largest piece in which octets arrive; of what one call sends or reads a part may be taken. 0: as they were sent.
  std::size_t piece = 0;
  std::optional<std::uint64_t> cut_up = {};
  std::optional<std::uint64_t> cut_down = {};
  bool stalls = false;  ///< where it would be cut it falls silent instead
  bool refused = false;
};

class stream;

/// One direction.
struct flow {
  std::uint64_t sent = 0;      // taken from the sender
  std::size_t travelling = 0;  // and not arrived
  std::string arrived;         // and not read
  instant last{0};             // when what was sent last arrives
  bool ended = false;          // the sender's end has arrived
};

struct link {
  std::uint64_t number = 0;
  link_plan plan;
  flow flows[2];  // from the client, from the server
  stream* ends[2] = {nullptr, nullptr};
  bool broken[2] = {false, false};  // by a reset that is known at that end
  bool deaf = false;                // what is sent is refused
  bool lost = false;                // what is sent gets nowhere
  bool silent = false;              // and nobody is told
};

/// A socket: a client's, or one that was accepted.
class stream final : public device {
 public:
  ~stream() override;
  [[nodiscard]] short state() const override;
  ssize_t read(void* into, std::size_t size) override;
  ssize_t write(const void* octets, std::size_t size) override;

  void shut(bool reading, bool writing);
  /// As the call of a socket that does not wait.
  int connect(std::uint16_t port);
  /// errno of the connection, told once.
  int take_failure() { return std::exchange(failure_, 0); }

 private:
  friend class network;
  [[nodiscard]] flow& out() const { return over_->flows[end_]; }
  [[nodiscard]] flow& in() const { return over_->flows[1 - end_]; }
  [[nodiscard]] std::size_t room() const;
  void connected(std::uint16_t port, const std::shared_ptr<link>& fresh);
  void send_end();
  void tell() {
    ++news_in;
    ++news_out;
  }

  std::shared_ptr<link> over_;
  int end_ = 0;
  bool shut_in_ = false;
  bool shut_out_ = false;
  int failure_ = 0;
};

class listener final : public device {
 public:
  ~listener() override;
  [[nodiscard]] short state() const override;
  void bind(std::uint16_t port);
  /// Nothing where nobody waits.
  std::shared_ptr<stream> accept();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  friend class stream;
  std::uint16_t port_ = 0;
  std::deque<std::shared_ptr<stream>> waiting_;
};

/// One for each machine, and gone before it.
class network {
 public:
  explicit network(machine& on);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  static network* running() { return running_; }

  /// Asked for each new connection; nothing: one without trouble.
  std::function<link_plan(std::uint64_t number)> plan;
  /// Before each call by which the client sends or reads: may end its program.
  std::function<void()> strike;

  /// The client's program is dead: its sockets fail from now on, and the server sees them go.
  void lose_client();
  void client_lives_again() { client_lives_ = true; }
  /// What has fallen silent is given up by both ends.
  void give_up_silent();

 private:
  friend class stream;
  friend class listener;
  void send(const std::shared_ptr<link>& over, int from, std::string octets);
  void arrive(const std::shared_ptr<link>& over, int from, const std::string& piece);
  void break_up(const std::shared_ptr<link>& over, bool by_reset);
  void reset_end(const std::shared_ptr<link>& over, int which);
  [[nodiscard]] instant arrival(link& over, int from);

  static network* running_;

  machine& on_;
  bool client_lives_ = true;
  std::uint64_t last_ = 0;
  std::uint16_t last_port_ = 40000;
  std::map<std::uint16_t, listener*> listeners_;
  std::vector<std::weak_ptr<link>> links_;
};

}  // namespace outmap::simulation
