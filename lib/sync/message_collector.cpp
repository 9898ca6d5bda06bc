#include "sync/message_collector.hpp"

#include <algorithm>

#include "sync/stand_in.hpp"

namespace outmap::sync {
namespace {

// What a queued message weighs besides its octets.
constexpr std::size_t task_weight = 256;

}  // namespace

message_collector::~message_collector() {
  if (has_literal_) drop_literal();
}

void message_collector::on_body_begin(wire::body_section section, std::uint64_t size) {
  if (has_literal_) drop_literal();
  has_literal_ = true;
  section_ = section;
  size_ = size;
  buffer_.clear();
  too_large_ = section != wanted_ || (section == wire::body_section::header && size > bounds_.header);
  if (too_large_) return;
  if (size <= held || section == wire::body_section::header) {
    // The announced size is only a promise: memory is taken as octets come, with one reservation for the common case.
    buffer_.reserve(static_cast<std::size_t>(std::min(size, held)));
    return;
  }
  transfer_ = std::make_shared<std::optional<cache::transfer>>();
  to_.post(task_weight, [transfer = transfer_](cache::store& into) -> result<void> {
    auto begun = into.begin_body();
    if (!begun) return tl::unexpected(begun.error());
    *transfer = *begun;
    return {};
  });
}

void message_collector::on_body_data(std::span<const char> octets) {
  if (listen_.octets) listen_.octets(octets.size());
  if (too_large_) return;
  buffer_.append(octets.data(), octets.size());
  if (transfer_ && buffer_.size() >= held) pass_on_piece();
}

void message_collector::on_body_end() {
  if (transfer_ && !buffer_.empty()) pass_on_piece();
}

void message_collector::pass_on_piece() {
  const auto weight = buffer_.size() + task_weight;
  to_.post(weight, [transfer = transfer_, piece = std::move(buffer_)](cache::store& into) {
    return into.append_body(**transfer, piece);
  });
  buffer_.clear();
}

void message_collector::drop_literal() {
  ++stray_;
  has_literal_ = false;
  buffer_.clear();
  if (!transfer_) return;
  to_.post(task_weight, [transfer = transfer_](cache::store& into) { return into.abandon_body(**transfer); });
  transfer_.reset();
}

void message_collector::on_data(wire::response& data) {
  auto* fetch = std::get_if<wire::fetch_data>(&data);
  if (fetch == nullptr) return;
  const auto item = std::find_if(fetch->bodies.begin(), fetch->bodies.end(), [&](const wire::body_item& b) {
    return b.section == wanted_ && !b.partial && (b.streamed || b.text.has_value());
  });
  if (item == fetch->bodies.end() || !fetch->uid || too_large_) {
    if (has_literal_) drop_literal();
    return;
  }
  if (!item->streamed) {
    if (has_literal_) drop_literal();
    buffer_ = std::move(*item->text);
    size_ = buffer_.size();
  }
  arrived_.add(*fetch->uid);
  const auto octets = size_;
  const bool stand_in = !transfer_ && is_stand_in(buffer_);
  const bool replace = replaces(*fetch->uid, stand_in);
  if (wanted_ == wire::body_section::header) {
    store_header(*fetch, replace);
  } else {
    store_body(*fetch, replace);
  }
  has_literal_ = false;
  transfer_.reset();
  buffer_.clear();
  if (listen_.message) listen_.message(*fetch->uid, octets, stand_in);
}

bool message_collector::replaces(uid which, bool stand_in) const {
  return !stand_in && listen_.stand_ins != nullptr && listen_.stand_ins->contains(which);
}

void message_collector::store_header(wire::fetch_data& fetch, bool replace) {
  cache::header_arrival arrival{*fetch.uid, fetch.flags.value_or(flag_set()), fetch.size, fetch.date,
                                std::move(buffer_)};
  const auto weight = arrival.header.size() + task_weight;
  to_.post(weight, [folder = folder_, arrival = std::move(arrival), replace](cache::store& into) -> result<void> {
    if (auto ok = replace ? into.drop_stand_in(folder, arrival.uid) : result<void>(); !ok) return ok;
    auto stored = into.put_header(folder, arrival);
    if (!stored) return tl::unexpected(stored.error());
    return {};
  });
}

void message_collector::store_body(const wire::fetch_data& fetch, bool replace) {
  const auto which = *fetch.uid;
  auto flags = fetch.flags.value_or(flag_set());
  // In the same task, so that a message is never without what it has.
  if (transfer_) {
    to_.post(task_weight,
             [transfer = transfer_, folder = folder_, which, flags = std::move(flags), replace](cache::store& into) {
               if (auto ok = replace ? into.drop_stand_in(folder, which) : result<void>(); !ok) return ok;
               return into.finish_body(**transfer, folder, which, flags, cache::tagged_answer::awaited);
             });
    return;
  }
  const auto weight = buffer_.size() + task_weight;
  to_.post(weight,
           [folder = folder_, which, flags = std::move(flags), body = std::move(buffer_), replace](cache::store& into) {
             if (auto ok = replace ? into.drop_stand_in(folder, which) : result<void>(); !ok) return ok;
             return into.put_body(folder, which, flags, body, cache::tagged_answer::awaited);
           });
}

}  // namespace outmap::sync
