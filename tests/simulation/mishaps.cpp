#include "simulation/mishaps.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "double/spoken_bodies.hpp"

namespace outmap::simulation {
namespace {

// The moments that matter: a command that may not be repeated is out, and its answer is not here.
constexpr std::array<std::string_view, 8> once_only = {"APPEND", "UID COPY",  "CREATE",  "DELETE",
                                                       "RENAME", "UID STORE", "EXPUNGE", "SUBSCRIBE"};

constexpr std::array<exchange::field_quirk, 16> troubles = {
    exchange::field_quirk::stray_text,       exchange::field_quirk::line_after_ok,
    exchange::field_quirk::fetch_no_data,    exchange::field_quirk::listing_no_data,
    exchange::field_quirk::stale_star,       exchange::field_quirk::numbers_above_exists,
    exchange::field_quirk::shrinking_exists, exchange::field_quirk::server_unavailable,
    exchange::field_quirk::not_connected,    exchange::field_quirk::bye_at_greeting,
    exchange::field_quirk::bye_before,       exchange::field_quirk::bye_between,
    exchange::field_quirk::bye_after,        exchange::field_quirk::cut_literal,
    exchange::field_quirk::throttled,        exchange::field_quirk::trailing_spaces};

bool may_be_repeated(std::string_view command) {
  for (const auto name : once_only) {
    if (command == name) return false;
  }
  return true;
}

}  // namespace

mishap::mishap(world& in, std::mt19937_64& random, bool may) : in_(in), random_(random) {
  draw_links();
  // Drawn in any case, so that what is drawn afterwards does not depend on `may`.
  const auto kind = upto(20);
  const std::mt19937_64 before = random_;
  if (may) {
    if (kind < 3) break_links();
    if (kind >= 3 && kind < 7) lose_an_answer();
    if (kind == 7 || kind == 8) trouble_the_server();
    if (kind == 9) slow_the_server();
    if (kind == 14 || kind == 15) spoil_the_disk();
    if (kind == 16 || kind == 17) refuse_bodies();
    if (kind >= 10 && kind < 14) {
      how_ = {how_.links, upto(chance(50) ? 60 : 400), chance(60), {}};
      name_ = how_.power ? "the power will fail" : "it will be killed";
    }
  }
  random_ = before;
}

void mishap::draw_links() {
  link_plan common;
  common.latency = std::chrono::microseconds(50 + upto(chance(80) ? 2000 : 200'000));
  common.jitter = std::chrono::microseconds(upto(3000));
  constexpr std::array<std::size_t, 4> pieces = {0, 7, 100, 1400};
  common.piece = pieces[upto(pieces.size())];
  how_.links = [common](std::uint64_t) { return common; };
}

void mishap::break_links() {
  const auto common = how_.links(0);
  // The how-manyth connection, and then perhaps the next ones, too.
  const auto from = upto(3);
  const auto count = 1 + upto(3);
  const auto up = chance(40);
  const auto at = up ? 1 + upto(900) : 1 + upto(chance(70) ? 2000 : 12'000);
  const bool stalls = chance(35);
  const bool refused = chance(10);
  name_ = std::string(refused  ? "connections are refused"
                      : stalls ? "the link falls silent"
                               : "the link breaks") +
          " at " + std::to_string(at) + (up ? " up" : " down");
  const auto seen = std::make_shared<std::uint64_t>(0);
  how_.links = [=](std::uint64_t) {
    auto plan = common;
    const auto number = (*seen)++;
    if (number < from || number >= from + count) return plan;
    plan.refused = refused;
    plan.stalls = stalls;
    (up ? plan.cut_up : plan.cut_down) = at;
    return plan;
  };
}

void mishap::lose_an_answer() {
  name_ = "an answer is lost";
  const auto left = std::make_shared<std::uint64_t>(upto(chance(60) ? 1 : 4));
  const auto after = upto(80);
  exchange::hooks hooks;
  hooks.on_command = [left, after](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (may_be_repeated(c.name) || (*left)-- != 0) return std::nullopt;
    exchange::action out;
    out.close_after = after;
    return out;
  };
  in_.server().set_hooks(std::move(hooks));
}

void mishap::trouble_the_server() {
  exchange::quirk_use use;
  use.which = troubles[upto(troubles.size())];
  use.times = static_cast<unsigned>(1 + upto(3));
  use.back_off = std::chrono::milliseconds(500 + upto(20'000));
  for (const auto& entry : exchange::field_quirk_table()) {
    if (entry.id == use.which) name_ = "the server: " + std::string(entry.name);
  }
  in_.server().quirks().on(std::move(use));
}

void mishap::slow_the_server() {
  name_ = "the server hesitates";
  const auto left = std::make_shared<std::uint64_t>(upto(12));
  const auto length = std::chrono::milliseconds(upto(chance(50) ? 3000 : 90'000));
  exchange::hooks hooks;
  hooks.on_command = [left, length](const exchange::command_seen&) -> std::optional<exchange::action> {
    if ((*left)-- != 0) return std::nullopt;
    exchange::action out;
    out.delay = length;
    return out;
  };
  in_.server().set_hooks(std::move(hooks));
}

void mishap::refuse_bodies() {
  constexpr std::array<const char*, 3> ends = {"NO Some of the messages could not be fetched.",
                                               "BAD Command is not valid.", ""};
  const auto* const end = ends[upto(ends.size())];
  // Whole by their literals, and not what the messages are.
  const std::string appendix = chance(60) ? "half rendered\r\n" : "";
  const auto left = std::make_shared<std::uint64_t>(1 + upto(chance(60) ? 3 : 40));
  name_ = std::to_string(*left) + " commands for bodies end with '" + end + "'" +
          (appendix.empty() ? "" : " behind other octets");
  exchange::hooks hooks;
  hooks.on_command = [this, end, appendix, left](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (!test::asks_for_bodies(c) || *left == 0) return std::nullopt;
    --*left;
    exchange::action out;
    out.instead =
        test::spoken_bodies(c, in_.server().store(), [&](const exchange::message& m) { return *m.octets + appendix; });
    if (*end == '\0')
      out.close = true;
    else
      *out.instead += c.tag + ' ' + end + "\r\n";
    return out;
  };
  in_.server().set_hooks(std::move(hooks));
}

void mishap::spoil_the_disk() {
  const bool full = chance(50);
  // A full disk stays full for a while; a bad one may be bad for a moment.
  how_.trouble = {upto(chance(50) ? 30 : 200), chance(50) ? 1 : 1 + upto(200), full ? ENOSPC : EIO};
  name_ =
      (full ? "the disk will be full for " : "the disk will fail for ") + std::to_string(how_.trouble.count) + " calls";
}

void mishap::end() {
  in_.server().set_hooks({});
  in_.server().quirks().off();
}

disturbance mishap::death_alone(bool may) {
  disturbance out;
  if (may) {
    out.death = upto(40);
    out.power = chance(60);
  }
  return out;
}

}  // namespace outmap::simulation
