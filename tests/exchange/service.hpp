// What all connections of one server share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "activity.hpp"
#include "field_quirks.hpp"
#include "hooks.hpp"
#include "mailbox_store.hpp"
#include "personality.hpp"
#include "sasl_acceptor.hpp"
#include "server_clock.hpp"

#include <openssl/ssl.h>

namespace outmap::exchange {

/// Lives longer than every session. `behaves`, `setup` and `tls` do not change while sessions run.
struct service {
  personality behaves;
  acceptor_setup setup;
  std::shared_ptr<mailbox_store> store;
  std::shared_ptr<field_quirks> quirks;
  SSL_CTX* tls = nullptr;
  activity log;
  server_clock clock;

  [[nodiscard]] std::shared_ptr<const exchange::hooks> current_hooks() const {
    const std::lock_guard lock(hooks_mutex_);
    return hooks_;
  }
  void set_hooks(exchange::hooks hooks) {
    auto fresh = std::make_shared<const exchange::hooks>(std::move(hooks));
    const std::lock_guard lock(hooks_mutex_);
    hooks_ = std::move(fresh);
  }

 private:
  mutable std::mutex hooks_mutex_;
  std::shared_ptr<const exchange::hooks> hooks_ = std::make_shared<const exchange::hooks>();
};

}  // namespace outmap::exchange
