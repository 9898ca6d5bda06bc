#include "cache/listed_flags.hpp"

namespace outmap::cache {

result<std::optional<flag_set>> listed_flags::of(uid which) {
  if (page_ != page_of(which)) {
    form_.reset();
    const auto found =
        find_.first([&](const statement& row) { form_ = page_form::from(row.view(0)); }, folder_, page_of(which));
    if (!found) return tl::unexpected(found.error());
    page_ = page_of(which);
  }
  return form_ ? form_->flags_of(which) : std::nullopt;
}

}  // namespace outmap::cache
