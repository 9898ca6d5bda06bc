#include "api/opening_cache.hpp"

#include <utility>

#include "api/account_impl.hpp"
#include "cache/store.hpp"

namespace outmap {

result<opening_cache> opening_cache::begin(const account_config& account) {
  if (account.cache.empty()) return fail(errc::config_invalid, "cache: is missing");
  auto ours = cache::claim::take(account.cache, true);
  if (!ours) return tl::unexpected(std::move(ours.error()));
  const bool waits = ours->opens_at_once();
  opening_cache out(std::move(*ours), identity_of(account));
  if (waits) return out;
  if (auto opened = out.open(); !opened) return tl::unexpected(std::move(opened.error()));
  return out;
}

result<void> opening_cache::open() {
  if (!ours_) return outcome_;
  const auto file = ours_->file();
  auto ours = std::move(*ours_);
  ours_.reset();
  auto store = cache::store::open(std::move(ours), identity_, {});
  if (!store) return outcome_ = tl::unexpected(std::move(store.error()));
  to_ = std::make_unique<cache::writer>(std::move(*store), cache::writer::options{});
  auto from = cache::reader::open(file);
  if (!from) return outcome_ = tl::unexpected(std::move(from.error()));
  from_ = std::move(*from);
  return outcome_;
}

}  // namespace outmap
