#include "core/sequence_map.hpp"

#include <bit>
#include <string>

namespace outmap {
namespace {

// A slot that went stays until there are this many more of them than messages.
constexpr std::size_t most_gone_ahead = 1024;

// How many slots node `i` of a Fenwick tree counts, itself the last; nodes begin at 1.
constexpr std::size_t span_of(std::size_t i) { return i & (~i + 1); }

std::string text_of(sequence_number number) { return "message number " + std::to_string(number.value); }

tl::unexpected<error> too_many(std::size_t messages) {
  return fail(errc::limit_exceeded, "the mailbox has " + std::to_string(messages) + " messages");
}

}  // namespace

result<void> sequence_map::assign(std::span<const uid> all) {
  if (all.size() > most_) return too_many(all.size());
  uid last;
  for (const auto which : all) {
    if (which <= last) return fail(errc::unexpected_response, "the UIDs of the mailbox do not ascend");
    last = which;
  }
  uids_.clear();
  counts_.clear();
  uids_.reserve(all.size());
  counts_.reserve(all.size());
  for (const auto which : all) {
    uids_.push_back(which.value);
    counts_.push_back(static_cast<std::uint32_t>(span_of(uids_.size())));
  }
  live_ = static_cast<std::uint32_t>(all.size());
  unknown_ = 0;
  return {};
}

result<void> sequence_map::exists(std::uint32_t count) {
  if (count < size()) {
    return fail(errc::unexpected_response,
                "EXISTS went from " + std::to_string(size()) + " to " + std::to_string(count) + " without EXPUNGE");
  }
  if (count > most_) return too_many(count);
  unknown_ = count - live_;
  return {};
}

result<void> sequence_map::check(sequence_number number) const {
  if (number.value >= 1 && number.value <= size()) return {};
  return fail(errc::unexpected_response, text_of(number) + " of " + std::to_string(size()));
}

result<void> sequence_map::learn(sequence_number number, uid which) {
  if (auto ok = check(number); !ok) return ok;
  if (which.value == 0) return fail(errc::unexpected_response, text_of(number) + " has UID 0");
  // A leap takes what it needs and no more: the number is the server's word.
  if (const auto needed = uids_.size() + (number.value - std::min(live_, number.value));
      needed > 2 * uids_.capacity()) {
    uids_.reserve(needed);
    counts_.reserve(needed);
  }
  while (live_ < number.value) {
    append(0);
    --unknown_;
  }
  auto& known = uids_[slot_of(number.value)];
  if (known != 0 && known != which.value) {
    return fail(errc::unexpected_response,
                text_of(number) + " has UID " + std::to_string(known) + " and UID " + std::to_string(which.value));
  }
  known = which.value;
  return {};
}

result<std::optional<uid>> sequence_map::expunge(sequence_number number) {
  if (auto ok = check(number); !ok) return tl::unexpected(ok.error());
  if (number.value > live_) {
    --unknown_;
    return std::optional<uid>();
  }
  const auto slot = slot_of(number.value);
  for (auto i = slot + 1; i <= counts_.size(); i += span_of(i)) --counts_[i - 1];
  --live_;
  const auto gone = uids_[slot];
  if (uids_.size() - live_ > live_ + most_gone_ahead) compact();
  return gone != 0 ? std::optional(uid{gone}) : std::nullopt;
}

std::optional<uid> sequence_map::at(sequence_number number) const {
  if (number.value == 0 || number.value > live_) return std::nullopt;
  const auto known = uids_[slot_of(number.value)];
  return known != 0 ? std::optional(uid{known}) : std::nullopt;
}

// The slot before which `number` - 1 messages are still there, itself one of them.
std::size_t sequence_map::slot_of(std::uint32_t number) const {
  std::size_t slot = 0;
  for (auto step = std::bit_floor(counts_.size()); step > 0; step /= 2) {
    if (slot + step > counts_.size() || counts_[slot + step - 1] >= number) continue;
    slot += step;
    number -= counts_[slot - 1];
  }
  return slot;
}

void sequence_map::append(std::uint32_t value) {
  const auto node = uids_.size() + 1;
  std::uint32_t count = 1;
  for (auto i = node - 1; i > node - span_of(node); i -= span_of(i)) count += counts_[i - 1];
  uids_.push_back(value);
  counts_.push_back(count);
  ++live_;
}

void sequence_map::compact() {
  // Takes the tree apart from its end, so that each node counts its own slot alone.
  for (auto i = counts_.size(); i > 0; --i) {
    const auto above = i + span_of(i);
    if (above <= counts_.size()) counts_[above - 1] -= counts_[i - 1];
  }
  std::size_t kept = 0;
  for (std::size_t slot = 0; slot < uids_.size(); ++slot) {
    if (counts_[slot] != 0) uids_[kept++] = uids_[slot];
  }
  uids_.resize(kept);
  counts_.resize(kept);
  for (std::size_t i = 1; i <= kept; ++i) counts_[i - 1] = static_cast<std::uint32_t>(span_of(i));
}

}  // namespace outmap
