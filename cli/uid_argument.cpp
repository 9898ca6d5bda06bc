#include "cli/uid_argument.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace outmap::cli {
namespace {

constexpr std::uint32_t last_there = 0;  ///< stands for '*'

struct word {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool range = false;
};

tl::unexpected<error> not_uids(std::string_view text) {
  return fail(errc::invalid_argument, "'" + printable(text, 100) +
                                          "' is no UID: give numbers and ranges like 3,7:9,12:*, or 'all'; `outmap "
                                          "list` shows them");
}

std::optional<std::uint32_t> end_of_range(std::string_view text) {
  if (text == "*") return last_there;
  const auto n = number_from(text, 1, UINT32_MAX);
  if (!n) return std::nullopt;
  return static_cast<std::uint32_t>(*n);
}

result<std::vector<word>> words_of(std::string_view text) {
  if (text == "all") return std::vector<word>{{1, last_there, true}};
  std::vector<word> out;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    const auto colon = part.find(':');
    const auto first = end_of_range(part.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : end_of_range(part.substr(colon + 1));
    if (!first || !last) return not_uids(part);
    out.push_back({*first, *last, colon != std::string_view::npos});
  }
  return out;
}

}  // namespace

result<void> check_uid_argument(const std::string& text) {
  const auto words = words_of(text);
  if (!words) return tl::unexpected(words.error());
  return {};
}

result<uid_set> chosen_uids(outbox& in, const mailbox_name& mailbox, const std::string& text) {
  const auto words = words_of(text);
  if (!words) return tl::unexpected(words.error());
  uid_set every;
  every.add({{1}, {UINT32_MAX}});
  const auto there = in.known(mailbox, every);
  if (!there) return tl::unexpected(there.error());
  const auto highest = there->empty() ? uid{0} : there->ranges().back().last;
  uid_set wanted;
  for (const auto& w : *words) {
    auto first = w.first == last_there ? highest : uid{w.first};
    auto last = w.last == last_there ? highest : uid{w.last};
    if (last < first) std::swap(first, last);
    if (!w.range && !there->contains(first)) {
      return fail(errc::no_such_message,
                  first.value == 0 ? "the folder is empty" : "UID " + std::to_string(first.value));
    }
    wanted.add({std::max(first, uid{1}), std::max(last, uid{1})});
  }
  auto out = wanted.without(wanted.without(*there));
  if (out.empty()) return fail(errc::no_such_message, "no message of the folder has a UID in " + printable(text, 100));
  return out;
}

}  // namespace outmap::cli
