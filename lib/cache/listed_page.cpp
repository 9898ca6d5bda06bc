#include "cache/listed_page.hpp"

#include <algorithm>
#include <bit>

namespace outmap::cache {
namespace {

constexpr char spelled_out = 's';
constexpr char digested = 'd';
constexpr std::size_t which_octets = 4;
constexpr std::size_t flags_at = 1 + which_octets;

std::array<char, which_octets> little_endian(std::uint32_t value) {
  return {static_cast<char>(value), static_cast<char>(value >> 8), static_cast<char>(value >> 16),
          static_cast<char>(value >> 24)};
}

std::uint32_t which_of(std::string_view form) {
  std::uint32_t value = 0;
  for (std::size_t i = which_octets; i > 0; --i) value = value << 8 | static_cast<unsigned char>(form[i]);
  return value;
}

bool is_form(std::string_view stored) {
  if (stored.empty()) return false;
  if (stored.front() == digested) return stored.size() == 1 + digest().size();
  if (stored.front() != spelled_out || stored.size() <= flags_at) return false;
  const auto flags = stored.substr(flags_at);
  const auto known = [](char bits) { return static_cast<unsigned char>(bits) <= flag_set::all_bits; };
  return flags.size() == static_cast<std::size_t>(std::popcount(which_of(stored))) &&
         std::all_of(flags.begin(), flags.end(), known);
}

}  // namespace

static_assert(page_form::most_octets == flags_at + page_uids);
static_assert(page_form::most_octets >= 1 + digest().size());

std::optional<page_form> page_form::from(std::string_view stored) {
  if (!is_form(stored)) return std::nullopt;
  page_form out;
  std::copy(stored.begin(), stored.end(), out.octets_.begin());
  out.size_ = static_cast<std::uint8_t>(stored.size());
  return out;
}

bool page_form::is_spelled_out() const { return octets_[0] == spelled_out; }

std::vector<message_state> page_form::messages(std::uint32_t page) const {
  std::vector<message_state> out;
  if (!is_spelled_out()) return out;
  out.reserve(size_ - flags_at);
  auto flags = octets().substr(flags_at);
  for (auto left = which_of(octets()); left != 0; left &= left - 1) {
    const auto at = static_cast<std::uint32_t>(std::countr_zero(left));
    out.push_back({uid{first_of(page).value + at}, flag_set(static_cast<std::uint8_t>(flags.front())), true, true});
    flags.remove_prefix(1);
  }
  return out;
}

std::optional<std::size_t> page_form::place_of(uid which) const {
  if (!is_spelled_out()) return std::nullopt;
  const auto bit = std::uint32_t{1} << (which.value - first_of(page_of(which)).value);
  const auto there = which_of(octets());
  if ((there & bit) == 0) return std::nullopt;
  return flags_at + static_cast<std::size_t>(std::popcount(there & (bit - 1)));
}

std::optional<flag_set> page_form::flags_of(uid which) const {
  const auto at = place_of(which);
  if (!at) return std::nullopt;
  return flag_set(static_cast<std::uint8_t>(octets_[*at]));
}

std::optional<page_form> page_form::with_flags(uid which, const flag_set& flags) const {
  const auto at = place_of(which);
  if (!at || !flags.keywords().empty()) return std::nullopt;
  auto out = *this;
  out.octets_[*at] = static_cast<char>(flags.system_bits());
  return out;
}

std::optional<page_form> page_form::without(uid which) const {
  const auto at = place_of(which);
  if (!at || size_ == flags_at + 1) return std::nullopt;
  auto out = *this;
  const auto bit = std::uint32_t{1} << (which.value - first_of(page_of(which)).value);
  const auto left = little_endian(which_of(octets()) & ~bit);
  std::copy(left.begin(), left.end(), &out.octets_[1]);
  std::copy(octets_.begin() + static_cast<std::ptrdiff_t>(*at) + 1, octets_.begin() + size_,
            out.octets_.begin() + static_cast<std::ptrdiff_t>(*at));
  --out.size_;
  out.octets_[out.size_] = 0;
  return out;
}

void page_former::add(uid which, const flag_set& flags) {
  there_ |= std::uint32_t{1} << (which.value - first_of(page_of(which)).value);
  flags_[count_++] = static_cast<char>(flags.system_bits());
  keywords_ = keywords_ || !flags.keywords().empty();
  names_.append(flags.keywords()) += '\n';
}

result<page_form> page_former::finish() {
  page_form out;
  const auto which = little_endian(there_);
  const std::string_view flags(flags_.data(), count_);
  result<void> ok;
  if (keywords_) {
    if (!digester_) digester_.emplace();
    digester_->update({which.data(), which.size()});
    digester_->update(flags);
    digester_->update(names_);
    const auto sum = digester_->finish();
    if (!sum) ok = tl::unexpected(sum.error());
    out.octets_[0] = digested;
    if (sum)
      std::transform(sum->begin(), sum->end(), &out.octets_[1], [](auto octet) { return static_cast<char>(octet); });
    out.size_ = static_cast<std::uint8_t>(1 + digest().size());
  } else {
    out.octets_[0] = spelled_out;
    std::copy(which.begin(), which.end(), &out.octets_[1]);
    std::copy(flags.begin(), flags.end(), &out.octets_[flags_at]);
    out.size_ = static_cast<std::uint8_t>(flags_at + count_);
  }
  there_ = 0;
  count_ = 0;
  keywords_ = false;
  names_.clear();
  if (!ok) return tl::unexpected(ok.error());
  return out;
}

}  // namespace outmap::cache
