// A mailbox opened on one session, and what is believed because of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "outmap/error.hpp"
#include "outmap/types.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Answers one SELECT: EXISTS and UIDVALIDITY are needed, all else is ignored (OIMAP-V0036, V0037). Commands for the
/// mailbox may be under way behind it: what answers them counts only while good().
class selection final : public session::responder {
 public:
  /// `opened` is called when the server said OK, before anything that comes behind that; its error makes the selection
  /// no good.
  using opened_function = std::function<result<void>(const selection&)>;
  explicit selection(opened_function opened) : opened_(std::move(opened)) {}

  void on_data(wire::response& data) override;
  void on_complete(const wire::status_response& status) override;

  [[nodiscard]] std::optional<std::uint32_t> exists() const { return exists_; }
  [[nodiscard]] std::optional<uid_validity> validity() const { return validity_; }
  /// The SELECT succeeded and the mailbox is the one it was taken for.
  [[nodiscard]] bool good() const { return good_; }
  /// The SELECT is still under way or good().
  [[nodiscard]] bool promising() const { return !complete_ || good_; }
  /// Why it is no good although the server said OK.
  [[nodiscard]] const std::optional<error>& problem() const { return problem_; }

 private:
  opened_function opened_;
  std::optional<std::uint32_t> exists_;
  std::optional<uid_validity> validity_;
  std::optional<error> problem_;
  bool complete_ = false;
  bool good_ = false;
};

/// Passes on to `to` what comes while `under` is good, and nothing else.
class believing_responder final : public session::responder {
 public:
  believing_responder(std::shared_ptr<const selection> under, session::responder& to)
      : under_(std::move(under)), to_(to) {}

  void on_data(wire::response& data) override {
    if (under_->good()) to_.on_data(data);
  }
  void on_body_begin(wire::body_section section, std::uint64_t size) override {
    if (under_->good()) to_.on_body_begin(section, size);
  }
  void on_body_data(std::span<const char> octets) override {
    if (under_->good()) to_.on_body_data(octets);
  }
  void on_body_end() override {
    if (under_->good()) to_.on_body_end();
  }

 private:
  std::shared_ptr<const selection> under_;
  session::responder& to_;
};

}  // namespace outmap::sync
