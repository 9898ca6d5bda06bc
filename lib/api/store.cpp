#include "outmap/store.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "cache/reader.hpp"
#include "cache/received_date.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap {
namespace {

stored_folder public_form(const cache::folder_record& from) {
  stored_folder out;
  out.mailbox = from.listed.mailbox;
  out.name = wire::display_name(from.listed.mailbox.wire());
  out.delimiter = from.listed.delimiter;
  out.selectable = !from.listed.noselect;
  out.subscribed = from.listed.subscribed;
  out.gone = from.gone;
  out.uid_validity = from.uid_validity;
  out.exists = from.exists;
  out.scanned_at = from.scanned_at;
  out.messages = from.messages;
  out.bodies = from.bodies;
  out.body_octets = from.body_octets;
  out.expunged = from.tombstones;
  out.quarantined = from.quarantined;
  return out;
}

stored_message public_form(const cache::message_record& from) {
  stored_message out;
  out.uid = from.uid;
  out.flags = from.flags;
  out.size = from.size;
  out.body_octets = from.body_octets;
  if (from.body_digest) out.body_digest = cache::to_hex(*from.body_digest);
  return out;
}

}  // namespace

struct store::impl {
  std::unique_ptr<cache::reader> reader;
  // A folder keeps its id as long as the file lives; asking the reader counts the folder's mail each time.
  std::unordered_map<mailbox_name, cache::folder_id> ids = {};

  result<cache::folder_id> id_of(const mailbox_name& mailbox) {
    if (const auto known = ids.find(mailbox); known != ids.end()) return known->second;
    const auto found = reader->folder(mailbox);
    if (!found) return tl::unexpected(found.error());
    ids.emplace(mailbox, found->id);
    return found->id;
  }
};

store::store(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
store::~store() = default;
store::store(store&&) noexcept = default;
store& store::operator=(store&&) noexcept = default;

result<store> store::open(const std::filesystem::path& file) {
  auto reader = cache::reader::open(file);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  return store(std::make_unique<impl>(impl{std::move(*reader)}));
}

result<std::string> store::account() { return impl_->reader->account(); }

result<std::vector<stored_folder>> store::folders() {
  const auto records = impl_->reader->folders();
  if (!records) return tl::unexpected(records.error());
  std::vector<stored_folder> out;
  out.reserve(records->size());
  for (const auto& record : *records) out.push_back(public_form(record));
  std::sort(out.begin(), out.end(), [](const stored_folder& a, const stored_folder& b) {
    return std::tuple(!a.mailbox.is_inbox(), std::string_view(a.name), std::string_view(a.mailbox.wire())) <
           std::tuple(!b.mailbox.is_inbox(), std::string_view(b.name), std::string_view(b.mailbox.wire()));
  });
  return out;
}

result<stored_folder> store::folder(std::string_view name) {
  // The usual spelling first: it is found without counting the mail of all folders.
  if (const auto usual = wire::encode_modified_utf7(name)) {
    const auto found = impl_->reader->folder(mailbox_name(*usual));
    if (found) return public_form(*found);
    if (found.error().code != errc::no_such_mailbox) return tl::unexpected(found.error());
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
  const auto folder = impl_->id_of(mailbox);
  if (!folder) return tl::unexpected(folder.error());
  return impl_->reader->for_each_message(*folder, [&](const cache::message_record& m) {
    auto out = public_form(m);
    out.date = cache::received_date(*impl_->reader, *folder, m);
    return take(out);
  });
}

result<stored_message> store::message(const mailbox_name& mailbox, uid which) {
  const auto folder = impl_->id_of(mailbox);
  if (!folder) return tl::unexpected(folder.error());
  const auto found = impl_->reader->message(*folder, which);
  if (!found) return tl::unexpected(found.error());
  auto out = public_form(*found);
  out.date = cache::received_date(*impl_->reader, *folder, *found);
  return out;
}

result<std::string> store::header(const mailbox_name& mailbox, uid which) {
  const auto folder = impl_->id_of(mailbox);
  if (!folder) return tl::unexpected(folder.error());
  return impl_->reader->header(*folder, which);
}

result<void> store::body(const mailbox_name& mailbox, uid which, const std::function<bool(std::string_view)>& take) {
  const auto folder = impl_->id_of(mailbox);
  if (!folder) return tl::unexpected(folder.error());
  return impl_->reader->body(*folder, which, take);
}

}  // namespace outmap
