// The sessions of a watch: the same few numbers, opened again and again.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "cache/writer.hpp"
#include "net/interrupter.hpp"
#include "outmap/config.hpp"
#include "session/connector.hpp"
#include "sync/session_source.hpp"

namespace outmap {

/// A session with a number that was given before is opened only when that one has gone. Belongs to one executor.
class watch_sessions final : public sync::session_source {
 public:
  /// What a connector works with, by the session's number.
  using surroundings_for = std::function<session::surroundings(std::size_t number, net::interrupter& ends)>;
  /// Hears the ladder of session 0 after each try.
  using steps_heard = std::function<void(const std::vector<auth::ladder_step>&)>;

  watch_sessions(const account_config& config, cache::writer& to, surroundings_for with, steps_heard steps)
      : config_(config), to_(to), with_(std::move(with)), steps_(std::move(steps)) {}

  asio::awaitable<result<std::unique_ptr<session::session>>> open(std::size_t number) override;
  void abandon() override;

 private:
  struct slot {
    std::unique_ptr<net::interrupter> ends;
    bool opening = false;
  };

  const account_config& config_;
  cache::writer& to_;
  surroundings_for with_;
  steps_heard steps_;
  std::map<std::size_t, slot> slots_;
  bool abandoned_ = false;
};

}  // namespace outmap
