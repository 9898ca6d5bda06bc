#include "sync/collectors.hpp"

#include <algorithm>

namespace outmap::sync {

void select_collector::on_data(wire::response& data) {
  if (const auto* exists = std::get_if<wire::exists_data>(&data)) exists_ = exists->count;
  if (const auto* status = std::get_if<wire::status_response>(&data)) {
    if (status->code.kind == wire::code_kind::uid_validity && status->code.number != 0)
      validity_ = uid_validity{status->code.number};
  }
}

void scan_collector::on_data(wire::response& data) {
  auto* fetch = std::get_if<wire::fetch_data>(&data);
  if (fetch != nullptr && fetch->uid && fetch->flags) seen_.push_back({*fetch->uid, std::move(*fetch->flags)});
  if (const auto* exists = std::get_if<wire::exists_data>(&data)) exists_ = exists->count;
  if (std::holds_alternative<wire::expunge_data>(data)) {
    exists_ -= exists_ > 0 ? 1 : 0;
    expected_ -= expected_ > 0 ? 1 : 0;
  }
  // Some servers let EXISTS shrink without EXPUNGE.
  expected_ = std::min(expected_, exists_);
}

}  // namespace outmap::sync
