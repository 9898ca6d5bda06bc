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
  /// connector::log_in(), with the account's ways around it.
  using login = std::function<asio::awaitable<result<std::unique_ptr<session::session>>>(std::size_t number,
                                                                                         session::connector&)>;

  watch_sessions(const account_config& config, cache::writer& to, surroundings_for with, login log_in)
      : config_(config), to_(to), with_(std::move(with)), log_in_(std::move(log_in)) {}

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
  login log_in_;
  std::map<std::size_t, slot> slots_;
  bool abandoned_ = false;
};

}  // namespace outmap
