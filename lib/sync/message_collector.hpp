// Takes headers and bodies off the wire and hands them to the writer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cache/writer.hpp"
#include "outmap/limits.hpp"
#include "outmap/uid_set.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Told of each message that was handed over, and of octets as they come.
struct arrival_listener {
  std::function<void(std::uint64_t octets)> octets;
  /// `stand_in`: what came is the server's words about a message that it cannot render (stand_in.hpp).
  std::function<void(uid which, std::uint64_t octets, bool stand_in)> message;
  /// What is held of these is a stand-in, and makes way for the message itself. Null: of none. Outlives the listener.
  const uid_set* stand_ins = nullptr;
};

/// Answers one UID FETCH of the header form or the full form. A body up to `held` octets is gathered in memory; a
/// larger one goes to the store in pieces as it comes, so memory stays flat. RFC822.SIZE plays no part in either
/// (OIMAP-V0007). A partial body never replaces anything (OIMAP-V0070). A body is handed over as unconfirmed: the tagged
/// answer is for others to judge (arrivals.hpp).
class message_collector final : public session::responder {
 public:
  static constexpr std::uint64_t held = std::uint64_t{1} << 20;

  message_collector(cache::writer& to, cache::folder_id folder, wire::body_section wanted, const limits& bounds,
                    arrival_listener listen)
      : to_(to), folder_(folder), wanted_(wanted), bounds_(bounds), listen_(std::move(listen)) {}
  /// A body that has not come to its end leaves nothing.
  ~message_collector() override;

  void on_data(wire::response& data) override;
  void on_body_begin(wire::body_section section, std::uint64_t size) override;
  void on_body_data(std::span<const char> octets) override;
  void on_body_end() override;

  /// UIDs whose data came.
  [[nodiscard]] const uid_set& arrived() const { return arrived_; }
  /// Literals that could not be attributed to a UID, or were not what was asked for.
  [[nodiscard]] std::uint64_t stray() const { return stray_; }

 private:
  // Filled in by the writer's thread when the transfer begins, used there only.
  using shared_transfer = std::shared_ptr<std::optional<cache::transfer>>;

  void pass_on_piece();
  [[nodiscard]] bool replaces(uid which, bool stand_in) const;
  void store_header(wire::fetch_data& fetch, bool replace);
  void store_body(const wire::fetch_data& fetch, bool replace);
  void drop_literal();

  cache::writer& to_;
  cache::folder_id folder_;
  wire::body_section wanted_;
  limits bounds_;
  arrival_listener listen_;
  uid_set arrived_;
  std::uint64_t stray_ = 0;

  bool has_literal_ = false;
  bool too_large_ = false;
  wire::body_section section_ = wire::body_section::full;
  std::uint64_t size_ = 0;
  std::string buffer_;
  shared_transfer transfer_;
};

}  // namespace outmap::sync
