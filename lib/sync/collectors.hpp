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
  void on_data(wire::response& data) override;
  std::vector<seen_message> take() { return std::move(seen_); }

 private:
  std::vector<seen_message> seen_;
};

}  // namespace outmap::sync
