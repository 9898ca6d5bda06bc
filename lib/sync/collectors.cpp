#include "sync/collectors.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sync/mailbox_view.hpp"

namespace outmap::sync {

void message_count::take(const wire::response& data) {
  if (const auto* now = std::get_if<wire::exists_data>(&data)) exists = now->count;
  if (std::holds_alternative<wire::expunge_data>(data)) {
    exists -= exists > 0 ? 1 : 0;
    expected -= expected > 0 ? 1 : 0;
  }
  // Some servers let EXISTS shrink without EXPUNGE.
  expected = std::min(expected, exists);
}

void listing_collector::on_data(wire::response& data) {
  if (auto* fetch = std::get_if<wire::fetch_data>(&data)) {
    if (!fetch->uid || !fetch->flags || !(above_ < *fetch->uid)) return;
    const std::uint64_t believed = std::min(count_.exists, mailbox_view::most_messages);
    if (++lines_ <= 2 * believed + most_surplus) return into_.add(*fetch->uid, std::move(*fetch->flags));
    error e(errc::limit_exceeded,
            "a listing of more lines than a mailbox of " + std::to_string(count_.exists) + " messages can have");
    e.reach = scope::folder;
    into_.refuse(e);
  } else {
    count_.take(data);
  }
}

void presence_collector::on_data(wire::response& data) {
  const auto* fetch = std::get_if<wire::fetch_data>(&data);
  if (fetch != nullptr && fetch->uid) present_.add(*fetch->uid);
}

}  // namespace outmap::sync
