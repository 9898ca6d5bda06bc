#include "archive/restore_plan.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "cache/digester.hpp"
#include "core/date_field.hpp"
#include "sync/header_fields.hpp"
#include "sync/message_likeness.hpp"
#include "sync/seven_bit_message.hpp"

namespace outmap::archive {
namespace {

bool same_moment(const std::optional<internal_date>& a, const std::optional<internal_date>& b) {
  return a && b && a->unix_seconds == b->unix_seconds;
}

}  // namespace

likeness_key likeness_key_of(std::string_view header) {
  const auto fields = sync::fields_of(header);
  const auto id = sync::field_body(fields, "MESSAGE-ID");
  const auto written = sync::field_body(fields, "DATE");
  const auto date = written ? parse_date_field(*written) : std::nullopt;
  const auto all_telling = [&] {
    const auto in_seven_bits = sync::to_seven_bit(header);
    const auto key = sync::copy_key(in_seven_bits ? std::string_view(*in_seven_bits) : header);
    cache::digester sum;
    const auto whole = sum.of(key);
    return whole ? std::string(reinterpret_cast<const char*>(whole->data()), whole->size()) : key;
  };
  likeness_key out;
  out.exact = id ? 'I' + *id : 'F' + all_telling();
  out.loose = date ? 'D' + std::to_string(date->unix_seconds) : out.exact;
  if (date) out.exact += ' ' + out.loose;
  return out;
}

std::map<std::string_view, restore_matching::group> restore_matching::grouped_by(part key) const {
  std::map<std::string_view, group> out;
  for (std::size_t i = 0; i < held_.size(); ++i) out[held_[i].key.*key].held.push_back(i);
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto at = out.find(found_[i].key.*key);
    if (at != out.end()) at->second.found.push_back(i);
  }
  return out;
}

restore_matching::restore_matching(const std::vector<held_message>& held, const std::vector<found_message>& found)
    : held_(held), found_(found), matched_(held.size()), decided_(found.size()) {
  for (const auto& [key, g] : grouped_by(&likeness_key::exact)) {
    std::set<cache::digest> texts;
    for (const auto h : g.held) texts.insert(held_[h].body);
    if (texts.size() == 1) match_by_date(g);
  }
  for (auto& [key, g] : grouped_by(&likeness_key::loose)) groups_.push_back(std::move(g));
  advance();
}

void restore_matching::match_by_date(const group& g) {
  std::multimap<std::int64_t, std::size_t> open;
  for (const auto f : g.found) {
    if (found_[f].date) open.emplace(found_[f].date->unix_seconds, f);
  }
  for (const auto h : g.held) {
    const auto at = held_[h].date ? open.find(held_[h].date->unix_seconds) : open.end();
    if (at == open.end()) continue;
    matched_[h] = at->second;
    decided_[at->second] = true;
    open.erase(at);
  }
}

void restore_matching::advance() {
  for (; group_ < groups_.size(); ++group_, at_ = 0) {
    const auto& g = groups_[group_];
    const bool all = std::all_of(g.held.begin(), g.held.end(), [&](std::size_t h) { return matched_[h].has_value(); });
    if (all) continue;
    while (at_ < g.found.size() && decided_[g.found[at_]]) ++at_;
    if (at_ < g.found.size()) return;
  }
}

std::optional<std::size_t> restore_matching::next() const {
  if (group_ >= groups_.size()) return std::nullopt;
  return groups_[group_].found[at_];
}

std::vector<std::size_t> restore_matching::candidates() const {
  const auto& g = groups_[group_];
  std::vector<std::size_t> out;
  std::copy_if(g.held.begin(), g.held.end(), std::back_inserter(out), [&](std::size_t h) { return !matched_[h]; });
  std::stable_partition(out.begin(), out.end(),
                        [&](std::size_t h) { return same_moment(held_[h].date, found_[g.found[at_]].date); });
  return out;
}

void restore_matching::answer(std::optional<std::size_t> held) {
  const auto found = groups_[group_].found[at_];
  decided_[found] = true;
  if (held) matched_[*held] = found;
  advance();
}

}  // namespace outmap::archive
