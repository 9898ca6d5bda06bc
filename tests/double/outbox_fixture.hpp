// A queue of changes beside the cache, and a link to the server that can break.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cache/outbox.hpp"
#include "double/linked_fixture.hpp"

namespace outmap::test {

struct outbox_events final : observer {
  std::vector<outbox_event> came;
  std::vector<std::string> warnings;
  void on_outbox(const outbox_event& e) noexcept override { came.push_back(e); }
  void on_warning(const error& e) noexcept override { warnings.push_back(e.message()); }
};

/// One client: its cache, its outbox, its connections.
struct outbox_client {
  account_config config;
  outbox_events watch;

  [[nodiscard]] std::unique_ptr<cache::outbox> box() const;
  change_id record(queued_change what) const;
  change_id append(const std::string& mailbox, const std::string& message, std::uint8_t flags = 0) const;
  [[nodiscard]] std::vector<queued_change> queue() const;
  /// Of that folder, as the cache has it.
  [[nodiscard]] uid_validity validity(const std::string& mailbox) const;

  result<outbox_report> send();
  result<sync_report> sync(sync_depth depth = sync_depth::full);

  queued_change about(change_kind kind, const std::string& mailbox, const std::vector<std::uint32_t>& uids = {},
                      const std::string& destination = {}) const;
  queued_change store(const std::string& mailbox, const std::vector<std::uint32_t>& uids, std::uint8_t add,
                      std::uint8_t remove = 0) const;
};

struct outbox_fixture : linked_fixture {
  outbox_client a;

  exchange::mailbox_store& begin();
  /// Another client of the same account.
  [[nodiscard]] outbox_client another(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& folder) const;
};

constexpr std::uint8_t bits(std::initializer_list<system_flag> flags) {
  std::uint8_t out = 0;
  for (const auto f : flags) out = static_cast<std::uint8_t>(out | static_cast<std::uint8_t>(f));
  return out;
}

}  // namespace outmap::test
