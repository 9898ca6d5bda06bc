#include "sync/selection.hpp"

namespace outmap::sync {

void selection::on_data(wire::response& data) {
  if (const auto* exists = std::get_if<wire::exists_data>(&data)) exists_ = exists->count;
  if (const auto* status = std::get_if<wire::status_response>(&data)) {
    if (status->code.kind == wire::code_kind::uid_validity && status->code.number != 0)
      validity_ = uid_validity{status->code.number};
  }
}

void selection::on_complete(const wire::status_response& status) {
  complete_ = true;
  if (status.condition != wire::condition::ok) return;
  auto opened = opened_(*this);
  good_ = opened.has_value();
  if (!opened) problem_ = std::move(opened.error());
}

}  // namespace outmap::sync
