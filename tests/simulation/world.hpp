// A client, its disk, a server and the network between them, on one machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "exchange/server.hpp"
#include "outmap/account.hpp"
#include "simulation/disk.hpp"
#include "simulation/machine.hpp"
#include "simulation/network.hpp"
#include "support/temp_dir.hpp"

namespace outmap::simulation {

/// Something that must hold does not.
struct wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void expect(bool holds, const std::string& what) {
  if (!holds) throw wrong(what);
}

/// What goes wrong while the client does one thing.
struct disturbance {
  std::function<link_plan(std::uint64_t)> links;
  std::optional<std::uint64_t> death;  ///< at so manyth call of disk or network
  bool power = false;                  ///< then the power goes as well
  disk_trouble trouble;
};

struct world_counts {
  std::uint64_t deaths = 0;
  std::uint64_t power_cuts = 0;
};

class world {
 public:
  world(std::uint64_t seed, exchange::personality behaves);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] machine& on() { return machine_; }
  [[nodiscard]] exchange::server& server() { return *server_; }
  [[nodiscard]] exchange::mailbox_store& mail() { return server_->store(); }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::filesystem::path folder() const { return dir_.path() / "client"; }
  world_counts counts;

  /// Runs what the client's programs do. True: they died.
  bool run(const disturbance& how, const std::function<void()>& what);
  /// Both at the same time, in two threads of the client.
  void at_once(const std::function<void()>& one, const std::function<void()>& other);

  /// Accounts that end when their program dies: from its begin to its end.
  class offer {
   public:
    offer(world& in, account& which) : in_(in), number_(++in.last_account_) { in_.accounts_[number_] = &which; }
    ~offer() { in_.accounts_.erase(number_); }
    offer(const offer&) = delete;
    offer& operator=(const offer&) = delete;

    /// Is cancelled after so long, if it is still there.
    void cancel_after(instant length) const;

   private:
    world& in_;
    std::uint64_t number_;
  };

 private:
  void strike();
  void bury();
  void cancel(std::uint64_t which);

  test::temp_dir dir_;
  machine machine_;
  network network_;
  disk disk_;
  std::unique_ptr<exchange::server> server_;
  std::map<std::uint64_t, account*> accounts_;
  std::uint64_t last_account_ = 0;
  std::optional<std::uint64_t> left_to_death_;
  bool with_power_ = false;
};

}  // namespace outmap::simulation
