#include "outmap/store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "api/overlaid_cache.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

tl::unexpected<error> no_message(uid which) {
  return fail(errc::no_such_message, "UID " + std::to_string(which.value));
}

}  // namespace

struct store::impl {
  std::unique_ptr<overlaid_cache> cache;
};

store::store(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
store::~store() = default;
store::store(store&&) noexcept = default;
store& store::operator=(store&&) noexcept = default;

result<store> store::open(const std::filesystem::path& file) {
  auto cache = overlaid_cache::open(file);
  if (!cache) return tl::unexpected(std::move(cache.error()));
  return store(std::make_unique<impl>(impl{std::move(*cache)}));
}

result<std::string> store::account() { return impl_->cache->reader().account(); }

result<std::vector<stored_folder>> store::folders() {
  auto out = impl_->cache->folders();
  if (!out) return out;
  std::sort(out->begin(), out->end(), [](const stored_folder& a, const stored_folder& b) {
    return std::tuple(!a.mailbox.is_inbox(), std::string_view(a.name), std::string_view(a.mailbox.wire())) <
           std::tuple(!b.mailbox.is_inbox(), std::string_view(b.name), std::string_view(b.mailbox.wire()));
  });
  return out;
}

result<stored_folder> store::folder(std::string_view name) {
  // The usual spelling first: it is found without counting the mail of all folders.
  if (const auto usual = wire::encode_modified_utf7(name)) {
    auto found = impl_->cache->folder(mailbox_name(*usual));
    if (found || found.error().code != errc::no_such_mailbox) return found;
  }
  const auto all = folders();
  if (!all) return tl::unexpected(all.error());
  const auto decoded = std::find_if(all->begin(), all->end(), [&](const stored_folder& f) { return f.name == name; });
  if (decoded != all->end()) return *decoded;
  const mailbox_name wire{std::string(name)};
  const auto exact = std::find_if(all->begin(), all->end(), [&](const stored_folder& f) { return f.mailbox == wire; });
  if (exact != all->end()) return *exact;
  return fail(errc::no_such_mailbox, std::string(name));
}

result<void> store::messages(const mailbox_name& mailbox, const std::function<bool(const stored_message&)>& take) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  bool more = true;
  if (in->folder) {
    auto read = impl_->cache->reader().for_each_message(*in->folder, [&](const cache::message_record& m) {
      if (in->effect_on(m.uid).purged) return true;
      more = take(impl_->cache->seen(*in, m));
      return more;
    });
    if (!read) return read;
  }
  if (in->arrivals == nullptr) return {};
  for (const auto& arrival : *in->arrivals) {
    if (!more) return {};
    const auto taken = impl_->cache->for_each_unsent(*in->changes, arrival, take);
    if (!taken) return tl::unexpected(taken.error());
    more = *taken;
  }
  return {};
}

result<stored_message> store::message(const mailbox_name& mailbox, uid which) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  return impl_->cache->message(*in, which);
}

result<std::string> store::header(const mailbox_name& mailbox, uid which) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  if (!in->folder || in->effect_on(which).purged) return no_message(which);
  return impl_->cache->reader().header(*in->folder, which);
}

result<void> store::body(const mailbox_name& mailbox, uid which, const std::function<bool(std::string_view)>& take) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  if (!in->folder || in->effect_on(which).purged) return no_message(which);
  return impl_->cache->reader().body(*in->folder, which, take);
}

result<stored_message> store::message(const mailbox_name& mailbox, unsent_message which) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  const auto arrival = impl_->cache->arrival_of(*in, which);
  if (!arrival) return tl::unexpected(arrival.error());
  return impl_->cache->unsent(*in->changes, *arrival, which.source);
}

result<std::string> store::header(const mailbox_name& mailbox, unsent_message which) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  const auto arrival = impl_->cache->arrival_of(*in, which);
  if (!arrival) return tl::unexpected(arrival.error());
  if (arrival->change->kind == change_kind::append) return impl_->cache->appended_header(which.change);
  const auto folder = impl_->cache->folder_of_original(*arrival);
  if (!folder) return tl::unexpected(folder.error());
  return impl_->cache->reader().header(*folder, which.source);
}

result<void> store::body(const mailbox_name& mailbox, unsent_message which,
                         const std::function<bool(std::string_view)>& take) {
  const auto in = impl_->cache->find(mailbox);
  if (!in) return tl::unexpected(in.error());
  const auto arrival = impl_->cache->arrival_of(*in, which);
  if (!arrival) return tl::unexpected(arrival.error());
  if (arrival->change->kind == change_kind::append) return impl_->cache->appended_message(which.change, take);
  const auto folder = impl_->cache->folder_of_original(*arrival);
  if (!folder) return tl::unexpected(folder.error());
  return impl_->cache->reader().body(*folder, which.source, take);
}

}  // namespace outmap
