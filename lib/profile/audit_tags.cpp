#include "profile/audit_tags.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

constexpr std::size_t tag_size = 4;

bool is_of_the_profile(std::string_view tag) {
  return tag.size() == tag_size && std::all_of(tag.begin(), tag.end(), [](char c) {
           return wire::grammar::is_digit(c) || (c >= 'a' && c <= 'z');
         });
}

// The number a tag ends in and where it begins.
struct counter {
  std::size_t digits = 0;
  std::optional<std::uint64_t> value;
};

counter counter_of(std::string_view tag) {
  constexpr std::size_t most_digits = 15;
  counter out{tag.size(), std::nullopt};
  while (out.digits > 0 && tag.size() - out.digits < most_digits && wire::grammar::is_digit(tag[out.digits - 1]))
    --out.digits;
  if (out.digits == tag.size()) return out;
  out.value = 0;
  for (const char c : tag.substr(out.digits)) out.value = *out.value * 10 + static_cast<std::uint64_t>(c - '0');
  return out;
}

// A9 after A8, A10 after A9, aaac after aaab.
bool follows(std::string_view tag, std::string_view before) {
  if (tag.empty() || before.empty()) return false;
  const auto now = counter_of(tag);
  const auto then = counter_of(before);
  if (now.value && then.value)
    return *now.value == *then.value + 1 && tag.substr(0, now.digits) == before.substr(0, then.digits);
  const auto all_but_one = tag.size() - 1;
  return tag.size() == before.size() && tag.substr(0, all_but_one) == before.substr(0, all_but_one) &&
         tag.back() == before.back() + 1;
}

}  // namespace

void audit_tags::judge(std::string_view tag, bool outstanding, audit_findings& to) {
  constexpr std::size_t longest = 64;
  if (outstanding) to.add({audit_rule::tag_format}, "the tag is that of a command that still runs");
  // Two random tags follow each other once in a million; three never.
  steps_ = follows(tag.substr(0, longest), before_) ? steps_ + 1 : 0;
  const bool good = is_of_the_profile(tag);
  if (steps_ >= (good ? 2 : 1)) {
    to.add({audit_rule::tag_format},
           std::string("the tag is a counter") + (good ? "" : ", and not four characters of a-z and 0-9"));
  } else if (!good) {
    to.add({audit_rule::tag_format}, "the tag is not four characters of a-z and 0-9");
  }
  before_ = tag.substr(0, longest);
}

}  // namespace outmap::profile
