#include "api/overlaid_cache.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "cache/message_header.hpp"
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
  out.unconfirmed = from.unconfirmed;
  return out;
}

stored_message appended(const queued_change& change) {
  stored_message out;
  out.unsent = unsent_message{change.id, uid{0}};
  out.flags = flag_set(change.appended_flags);
  out.size = change.octets;
  // A server that is not told the date takes the time at which the message comes.
  out.date = change.date ? *change.date : internal_date{change.queued_at, 0};
  out.body_octets = change.octets;
  out.body_digest = change.digest;
  return out;
}

tl::unexpected<error> no_such_unsent(unsent_message which) {
  return fail(errc::no_such_message,
              "change " + std::to_string(which.change) + " of the outbox" +
                  (which.source.value != 0 ? ", UID " + std::to_string(which.source.value) : ""));
}

}  // namespace

result<std::unique_ptr<overlaid_cache>> overlaid_cache::open(const std::filesystem::path& file) {
  auto opened = cache::reader::open(file);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto account = (*opened)->account();
  if (!account) return tl::unexpected(std::move(account.error()));
  return std::unique_ptr<overlaid_cache>(new overlaid_cache(std::move(*opened), file, std::move(*account)));
}

result<std::shared_ptr<const overlay>> overlaid_cache::changes() {
  auto list = outbox_.changes();
  if (!list) return tl::unexpected(std::move(list.error()));
  if ((*list)->empty()) {
    overlay_.reset();
    seen_changes_.reset();
    return overlay_;
  }
  return lay(std::move(*list));
}

result<std::shared_ptr<const overlay>> overlaid_cache::lay(overlay::change_list list) {
  const bool with_tree = overlay::needs_tree(*list);
  std::uint64_t tree_version = 0;
  if (with_tree) {
    const auto now = reader_->version();
    if (!now) return tl::unexpected(now.error());
    tree_version = *now;
  }
  if (overlay_ != nullptr && list == seen_changes_ && tree_version == seen_tree_) return overlay_;
  std::unordered_set<mailbox_name> known;
  std::optional<char> delimiter;
  if (with_tree) {
    const auto tree = reader_->tree();
    if (!tree) return tl::unexpected(tree.error());
    for (const auto& folder : *tree) {
      known.insert(folder.listed.mailbox);
      if (!delimiter) delimiter = folder.listed.delimiter;
    }
  }
  overlay_ = std::make_shared<const overlay>(list, std::move(known), delimiter);
  seen_changes_ = std::move(list);
  seen_tree_ = tree_version;
  return overlay_;
}

result<overlaid_cache::mailbox> overlaid_cache::find(const mailbox_name& name) {
  auto laid = changes();
  if (!laid) return tl::unexpected(std::move(laid.error()));
  if (*laid != nullptr) return find_changed(name, std::move(*laid));
  mailbox out;
  out.place.cached = name;
  const auto start = reader_->start_of(name);
  if (!start) return tl::unexpected(start.error());
  out.folder = start->id;
  return out;
}

result<overlaid_cache::mailbox> overlaid_cache::find_changed(const mailbox_name& name,
                                                             std::shared_ptr<const overlay> changes) {
  const auto place = changes->tree().at(name);
  if (!place) return fail(errc::no_such_mailbox, name.wire());
  mailbox out;
  out.place = *place;
  out.arrivals = changes->arrivals(*place);
  if (!place->cached.wire().empty()) {
    const auto start = reader_->start_of(place->cached);
    if (start) {
      out.folder = start->id;
      out.validity = start->uid_validity;
      out.effects = changes->effects(*place, start->uid_validity);
    } else if (start.error().code != errc::no_such_mailbox) {
      return tl::unexpected(start.error());
    }
  }
  if (!out.folder && (place->created == 0 || place->removed)) return fail(errc::no_such_mailbox, name.wire());
  out.changes = std::move(changes);
  return out;
}

result<overlaid_cache::mailbox> overlaid_cache::find_live(const mailbox_name& name) {
  auto out = find(name);
  if (!out) return out;
  if (out->place.removed) return fail(errc::no_such_mailbox, name.wire() + ": it is to be deleted");
  if (!out->folder) return out;
  const auto start = reader_->start_of(out->place.cached);
  if (!start) return tl::unexpected(start.error());
  if (start->gone && out->place.created == 0) {
    return fail(errc::no_such_mailbox, name.wire() + ": it is not on the server any more");
  }
  out->validity = start->uid_validity;
  return out;
}

result<std::optional<char>> overlaid_cache::delimiter() {
  const auto tree = reader_->tree();
  if (!tree) return tl::unexpected(tree.error());
  for (const auto& folder : *tree) {
    if (folder.listed.delimiter) return folder.listed.delimiter;
  }
  return std::optional<char>();
}

result<stored_folder> overlaid_cache::as_seen(const cache::folder_record& record, const mailbox_name& name,
                                              const std::shared_ptr<const overlay>& changes) {
  auto out = public_form(record);
  if (changes == nullptr) return out;
  const auto place = changes->tree().at(name);
  if (!place) return out;
  out.mailbox = name;
  out.name = wire::display_name(name.wire());
  if (place->created != 0 && out.gone) out.created_by = place->created;
  out.gone = place->removed || (out.gone && place->created == 0);
  if (const auto subscribed = changes->tree().subscribed(name)) out.subscribed = *subscribed;
  if (const auto* effects = changes->effects(*place, record.uid_validity)) {
    const auto less = reader_->amount_of(record.id, effects->purged());
    if (!less) return tl::unexpected(less.error());
    // Counted a moment later than the folder: some may have gone meanwhile, or come.
    out.messages -= std::min(out.messages, less->messages);
    out.bodies -= std::min(out.bodies, less->bodies);
    out.body_octets -= std::min(out.body_octets, less->body_octets);
  }
  if (const auto* arrivals = changes->arrivals(*place)) {
    const auto unsent = count_unsent(*arrivals);
    if (!unsent) return tl::unexpected(unsent.error());
    out.unsent = *unsent;
  }
  return out;
}

result<std::uint64_t> overlaid_cache::count_unsent(const std::vector<overlay::arrival>& all) {
  std::uint64_t out = 0;
  for (const auto& arrival : all) {
    if (arrival.change->kind == change_kind::append) {
      ++out;
      continue;
    }
    const auto folder = folder_of_original(arrival);
    if (!folder) {
      if (folder.error().code == errc::no_such_message) continue;
      return tl::unexpected(folder.error());
    }
    const auto there = reader_->amount_of(*folder, arrival.change->uids);
    if (!there) return tl::unexpected(there.error());
    out += there->messages;
  }
  return out;
}

result<stored_folder> overlaid_cache::folder(const mailbox_name& name) {
  const auto found = find(name);
  if (!found) return tl::unexpected(found.error());
  if (found->folder) {
    const auto record = reader_->folder(found->place.cached);
    if (!record) return tl::unexpected(record.error());
    return as_seen(*record, name, found->changes);
  }
  const auto all = folders();
  if (!all) return tl::unexpected(all.error());
  const auto made = std::find_if(all->begin(), all->end(), [&](const stored_folder& f) { return f.mailbox == name; });
  if (made == all->end()) return fail(errc::no_such_mailbox, name.wire());
  return *made;
}

result<std::vector<stored_folder>> overlaid_cache::folders() {
  const auto laid = changes();
  if (!laid) return tl::unexpected(laid.error());
  const auto records = reader_->folders();
  if (!records) return tl::unexpected(records.error());
  std::vector<stored_folder> out;
  out.reserve(records->size());
  for (const auto& record : *records) {
    auto name = record.listed.mailbox;
    if (*laid != nullptr) {
      const auto& tree = (*laid)->tree();
      if (auto now = tree.name_of(name)) name = std::move(*now);
      // What is removed keeps its name, unless it was renamed before or another one has taken it.
      const auto place = tree.at(name);
      if (!place || place->cached != record.listed.mailbox) continue;
    }
    auto seen = as_seen(record, name, *laid);
    if (!seen) return tl::unexpected(std::move(seen.error()));
    out.push_back(std::move(*seen));
  }
  if (*laid != nullptr) {
    if (auto added = add_created(out, *laid); !added) return tl::unexpected(std::move(added.error()));
  }
  return out;
}

result<void> overlaid_cache::add_created(std::vector<stored_folder>& to,
                                         const std::shared_ptr<const overlay>& changes) {
  std::unordered_set<mailbox_name> names;
  std::optional<char> delimiter;
  for (const auto& folder : to) {
    names.insert(folder.mailbox);
    if (!delimiter) delimiter = folder.delimiter;
  }
  for (const auto& made : changes->tree().created()) {
    const auto place = changes->tree().at(made.name);
    if (!place || place->removed || !names.insert(made.name).second) continue;
    stored_folder out;
    out.mailbox = made.name;
    out.name = wire::display_name(made.name.wire());
    out.delimiter = delimiter;
    out.subscribed = changes->tree().subscribed(made.name).value_or(false);
    out.created_by = made.created;
    if (const auto* arrivals = changes->arrivals(*place)) {
      const auto unsent = count_unsent(*arrivals);
      if (!unsent) return tl::unexpected(unsent.error());
      out.unsent = *unsent;
    }
    to.push_back(std::move(out));
  }
  return {};
}

stored_message overlaid_cache::seen(const mailbox& in, const cache::message_record& record) {
  stored_message out;
  out.uid = record.uid;
  out.flags = in.effects != nullptr ? in.effects->at(record.uid).flags.applied_to(record.flags) : record.flags;
  out.size = record.size;
  out.body_octets = record.body_octets;
  if (record.body_digest) out.body_digest = cache::to_hex(*record.body_digest);
  if (in.folder) out.date = cache::received_date(*reader_, *in.folder, record);
  return out;
}

result<stored_message> overlaid_cache::message(const mailbox& in, uid which) {
  if (!in.folder || in.effect_on(which).purged) {
    return fail(errc::no_such_message, "UID " + std::to_string(which.value));
  }
  const auto record = reader_->message(*in.folder, which);
  if (!record) return tl::unexpected(record.error());
  return seen(in, *record);
}

result<cache::folder_id> overlaid_cache::folder_of_original(const overlay::arrival& of) {
  if (!of.from.cached.wire().empty()) {
    const auto start = reader_->start_of(of.from.cached);
    if (!start && start.error().code != errc::no_such_mailbox) return tl::unexpected(start.error());
    if (start && start->uid_validity == of.change->validity) return start->id;
  }
  return fail(errc::no_such_message, "the cache does not know the original any more");
}

result<stored_message> overlaid_cache::unsent(const overlay& changes, const overlay::arrival& from, uid source) {
  if (from.change->kind == change_kind::append) return appended(*from.change);
  const auto folder = folder_of_original(from);
  if (!folder) return tl::unexpected(folder.error());
  auto record = reader_->message(*folder, source);
  if (!record) return tl::unexpected(record.error());
  record->flags = changes.flags_at(from, source, std::move(record->flags));
  mailbox original;
  original.folder = *folder;
  auto out = seen(original, *record);
  out.uid = uid{0};
  out.unsent = unsent_message{from.change->id, source};
  return out;
}

result<bool> overlaid_cache::for_each_unsent(const overlay& changes, const overlay::arrival& from,
                                             const std::function<bool(const stored_message&)>& take) {
  if (from.change->kind == change_kind::append) return take(appended(*from.change));
  for (const auto& range : from.change->uids.ranges()) {
    for (std::uint64_t u = range.first.value; u <= range.last.value; ++u) {
      const auto one = unsent(changes, from, uid{static_cast<std::uint32_t>(u)});
      if (!one && one.error().code == errc::no_such_message) continue;
      if (!one) return tl::unexpected(one.error());
      if (!take(*one)) return false;
    }
  }
  return true;
}

result<overlay::arrival> overlaid_cache::arrival_of(const mailbox& in, unsent_message which) {
  if (in.arrivals == nullptr) return no_such_unsent(which);
  const auto found = std::find_if(in.arrivals->begin(), in.arrivals->end(), [&](const overlay::arrival& a) {
    const bool one_of_it =
        a.change->kind == change_kind::append ? which.source.value == 0 : a.change->uids.contains(which.source);
    return a.change->id == which.change && one_of_it;
  });
  if (found == in.arrivals->end()) return no_such_unsent(which);
  return *found;
}

result<std::string> overlaid_cache::appended_header(change_id id) {
  std::string begin;
  const auto read = outbox_.message(id, [&](std::string_view piece) {
    begin += piece;
    return begin.size() < cache::header_bound;
  });
  if (!read) return tl::unexpected(read.error());
  const auto header = cache::header_of(begin, begin.size() < cache::header_bound);
  return std::string(header ? *header : std::string_view(begin));
}

result<void> overlaid_cache::appended_message(change_id id, const std::function<bool(std::string_view)>& take) {
  return outbox_.message(id, take);
}

}  // namespace outmap
