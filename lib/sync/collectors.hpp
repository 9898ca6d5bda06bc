// What answers the commands of a sync, gathered.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "session/session.hpp"
#include "sync/planner.hpp"

namespace outmap::sync {

/// SELECT: EXISTS and UIDVALIDITY are needed, all else is ignored (OIMAP-V0036, V0037).
class select_collector final : public session::responder {
 public:
  void on_data(wire::response& data) override;
  [[nodiscard]] std::optional<std::uint32_t> exists() const { return exists_; }
  [[nodiscard]] std::optional<uid_validity> validity() const { return validity_; }

 private:
  std::optional<std::uint32_t> exists_;
  std::optional<uid_validity> validity_;
};

/// UID FETCH 1:* (UID FLAGS). A line without UID says nothing and is left out.
class scan_collector final : public session::responder {
 public:
  /// `exists`: how many messages there are when the command is sent.
  explicit scan_collector(std::uint32_t exists) : exists_(exists), expected_(exists) {}
  void on_data(wire::response& data) override;
  std::vector<seen_message> take() { return std::move(seen_); }
  /// How many messages there are now.
  [[nodiscard]] std::uint32_t exists() const { return exists_; }
  /// How many lines a whole listing has at least: messages that were there from the first and have not gone meanwhile.
  [[nodiscard]] std::uint32_t expected() const { return expected_; }

 private:
  std::vector<seen_message> seen_;
  std::uint32_t exists_;
  std::uint32_t expected_;
};

}  // namespace outmap::sync
