#include "mailbox_store.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

// The first UIDVALIDITY; any number but 0 would do, and a small one reads well in transcripts.
constexpr std::uint32_t first_uid_validity = 1001;

std::vector<message>::iterator at_uid(std::vector<message>& all, std::uint32_t uid) {
  const auto it = std::ranges::lower_bound(all, uid, {}, &message::uid);
  return it != all.end() && it->uid == uid ? it : all.end();
}

flag_set combined(const flag_set& old, flag_change how, const flag_set& by) {
  if (how == flag_change::replace) return by;
  flag_set result = old;
  for (auto f :
       {system_flag::seen, system_flag::answered, system_flag::flagged, system_flag::deleted, system_flag::draft}) {
    if (!by.has(f)) continue;
    if (how == flag_change::add) {
      result.set(f);
    } else {
      result.clear(f);
    }
  }
  std::string kept;
  const auto each_word = [](std::string_view words, auto&& use) {
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(' '), words.size());
      use(words.substr(0, end));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  };
  if (how == flag_change::add) {
    each_word(by.keywords(), [&](std::string_view word) { result.add_keyword(word); });
    return result;
  }
  each_word(old.keywords(), [&](std::string_view word) {
    bool removed = false;
    each_word(by.keywords(), [&](std::string_view other) { removed = removed || same_word(word, other); });
    if (!removed) kept.append(kept.empty() ? "" : " ").append(word);
  });
  result.set_keywords(kept);
  return result;
}

bool holds_eight_bit(std::string_view octets) {
  return std::ranges::any_of(octets, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

}  // namespace

bool mailbox_store::name_less::operator()(std::string_view a, std::string_view b) const {
  if (!ignore_case) return a < b;
  return std::ranges::lexicographical_compare(
      a, b, [](char x, char y) { return static_cast<unsigned char>(upper(x)) < static_cast<unsigned char>(upper(y)); });
}

mailbox_store::mailbox_store(bool ignore_case)
    : folders_(name_less{ignore_case}), subscribed_(name_less{ignore_case}), next_uid_validity_(first_uid_validity) {
  make("INBOX");
}

std::string mailbox_store::canonical(std::string_view name) const {
  const std::string_view first = name.substr(0, name.find(delimiter));
  if (!same_word(first, "INBOX")) return std::string(name);
  return std::string("INBOX").append(name.substr(first.size()));
}

mailbox_store::folder* mailbox_store::by_name(std::string_view name) {
  const auto it = folders_.find(canonical(name));
  return it == folders_.end() ? nullptr : &it->second;
}

const mailbox_store::folder* mailbox_store::by_name(std::string_view name) const {
  const auto it = folders_.find(canonical(name));
  return it == folders_.end() ? nullptr : &it->second;
}

mailbox_store::folder* mailbox_store::by_id(std::uint64_t id) {
  for (auto& [name, f] : folders_) {
    if (f.info.id == id) return &f;
  }
  return nullptr;
}

const mailbox_store::folder* mailbox_store::by_id(std::uint64_t id) const {
  for (const auto& [name, f] : folders_) {
    if (f.info.id == id) return &f;
  }
  return nullptr;
}

mailbox_store::folder& mailbox_store::make(const std::string& name) {
  folder& f = folders_[name];
  f.info.id = next_id_++;
  f.info.name = name;
  f.info.uid_validity = next_uid_validity_++;
  return f;
}

folder_info mailbox_store::describe(const folder& f) {
  folder_info info = f.info;
  info.exists = static_cast<std::uint32_t>(f.messages.size());
  for (const message& m : f.messages) {
    info.recent += m.recent ? 1 : 0;
    info.unseen += m.flags.has(system_flag::seen) ? 0 : 1;
  }
  return info;
}

bool mailbox_store::has_children(const std::string& name) const {
  const std::string prefix = name + delimiter;
  const auto it = folders_.lower_bound(prefix);
  if (it == folders_.end() || it->first.size() < prefix.size()) return false;
  const std::string start = it->first.substr(0, prefix.size());
  return !folders_.key_comp()(start, prefix) && !folders_.key_comp()(prefix, start);
}

tree_result mailbox_store::create_locked(std::string_view name, bool noselect) {
  const std::string whole = canonical(name);
  if (folder* f = by_name(whole)) {
    if (!f->info.noselect || noselect) return tree_result::exists_already;
    f->info.noselect = false;
    return tree_result::done;
  }
  for (std::size_t cut = whole.find(delimiter); cut != std::string::npos; cut = whole.find(delimiter, cut + 1)) {
    const std::string superior = whole.substr(0, cut);
    if (by_name(superior) == nullptr) make(superior);
  }
  make(whole).info.noselect = noselect;
  return tree_result::done;
}

tree_result mailbox_store::create(std::string_view name) {
  tree_result came_to{};
  {
    const std::lock_guard lock(mutex_);
    came_to = create_locked(name, false);
  }
  notify();
  return came_to;
}

tree_result mailbox_store::create_noselect(std::string_view name) {
  tree_result came_to{};
  {
    const std::lock_guard lock(mutex_);
    came_to = create_locked(name, true);
  }
  notify();
  return came_to;
}

tree_result mailbox_store::remove_folder(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    const std::string whole = canonical(name);
    if (whole == "INBOX") return tree_result::forbidden;
    if (by_name(whole) == nullptr) return tree_result::no_such_folder;
    if (has_children(whole)) return tree_result::has_children;
    folders_.erase(whole);
  }
  notify();
  return tree_result::done;
}

tree_result mailbox_store::rename(std::string_view from, std::string_view to) {
  {
    const std::lock_guard lock(mutex_);
    const std::string old_name = canonical(from);
    const std::string new_name = canonical(to);
    if (by_name(old_name) == nullptr) return tree_result::no_such_folder;
    folder* there = by_name(new_name);
    // A new spelling of the same name is a rename too where case does not count.
    if (there != nullptr && there != by_name(old_name)) return tree_result::exists_already;
    if (new_name.starts_with(old_name + delimiter)) return tree_result::forbidden;
    if (old_name == "INBOX") {
      create_locked(new_name, false);
      for (message& m : by_name(old_name)->messages) add_locked(*by_name(new_name), m);
      by_name(old_name)->messages.clear();
      ++by_name(old_name)->info.revision;
    } else {
      std::vector<std::pair<std::string, folder>> moved;
      const std::string prefix = by_name(old_name)->info.name + delimiter;
      for (auto it = folders_.begin(); it != folders_.end();) {
        const bool child = it->first.size() > prefix.size() && same_word(it->first.substr(0, prefix.size()), prefix);
        if (&it->second == by_name(old_name) || (child && it->first != old_name)) {
          moved.emplace_back(it->first, std::move(it->second));
          it = folders_.erase(it);
        } else {
          ++it;
        }
      }
      const std::size_t last = new_name.rfind(delimiter);
      if (last != std::string::npos) create_locked(new_name.substr(0, last), false);
      for (auto& [name, f] : moved) {
        f.info.name = new_name + name.substr(old_name.size());
        folders_.emplace(f.info.name, std::move(f));
      }
    }
  }
  notify();
  return tree_result::done;
}

void mailbox_store::set_marked(std::string_view name, bool marked) {
  const std::lock_guard lock(mutex_);
  if (folder* f = by_name(name)) f->info.marked = marked;
}

std::vector<folder_info> mailbox_store::folders() const {
  const std::lock_guard lock(mutex_);
  std::vector<folder_info> all;
  for (const auto& [name, f] : folders_) all.push_back(describe(f));
  return all;
}

std::optional<folder_info> mailbox_store::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const folder* f = by_name(name);
  return f == nullptr ? std::nullopt : std::optional(describe(*f));
}

std::optional<folder_info> mailbox_store::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const folder* f = by_id(id);
  return f == nullptr ? std::nullopt : std::optional(describe(*f));
}

void mailbox_store::subscribe(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const std::string whole = canonical(name);
  subscribed_.emplace(whole, whole);
}

bool mailbox_store::unsubscribe(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return subscribed_.erase(canonical(name)) != 0;
}

std::vector<std::string> mailbox_store::subscriptions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [key, name] : subscribed_) names.push_back(name);
  return names;
}

std::uint32_t mailbox_store::add_locked(folder& to, message content) {
  content.uid = to.info.uid_next++;
  content.recent = true;
  content.eight_bit = holds_eight_bit(*content.octets);
  to.messages.push_back(std::move(content));
  ++to.info.revision;
  return to.messages.back().uid;
}

std::uint32_t mailbox_store::add(std::string_view name, std::string octets, flag_set flags, internal_date date) {
  message content;
  content.octets = std::make_shared<const std::string>(std::move(octets));
  content.flags = std::move(flags);
  content.date = date;
  return add(name, std::move(content));
}

std::uint32_t mailbox_store::add(std::string_view name, message content) {
  std::uint32_t uid = 0;
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr || f->info.noselect) return 0;
    uid = add_locked(*f, std::move(content));
  }
  notify();
  return uid;
}

std::uint32_t mailbox_store::append(std::uint64_t id, message content) {
  std::uint32_t uid = 0;
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_id(id);
    if (f == nullptr) return 0;
    uid = add_locked(*f, std::move(content));
  }
  notify();
  return uid;
}

bool mailbox_store::set_flags(std::string_view name, std::uint32_t uid, flag_set flags) {
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr) return false;
    const auto it = at_uid(f->messages, uid);
    if (it == f->messages.end()) return false;
    it->flags = std::move(flags);
    ++f->info.revision;
  }
  notify();
  return true;
}

bool mailbox_store::expunge(std::string_view name, std::uint32_t uid) {
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr) return false;
    const auto it = at_uid(f->messages, uid);
    if (it == f->messages.end()) return false;
    f->messages.erase(it);
    ++f->info.revision;
  }
  notify();
  return true;
}

std::uint32_t mailbox_store::revise(std::string_view name, std::uint32_t uid, std::optional<std::string> octets) {
  std::uint32_t fresh = 0;
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr) return 0;
    const auto it = at_uid(f->messages, uid);
    if (it == f->messages.end()) return 0;
    message revised = *it;
    f->messages.erase(it);
    if (octets) revised.octets = std::make_shared<const std::string>(std::move(*octets));
    revised.size_known = false;
    fresh = add_locked(*f, std::move(revised));
  }
  notify();
  return fresh;
}

bool mailbox_store::revise_in_place(std::string_view name, std::uint32_t uid, std::string octets) {
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr) return false;
    const auto it = at_uid(f->messages, uid);
    if (it == f->messages.end()) return false;
    it->octets = std::make_shared<const std::string>(std::move(octets));
    it->size_known = false;
    it->eight_bit = holds_eight_bit(*it->octets);
    ++f->info.revision;
  }
  notify();
  return true;
}

bool mailbox_store::change_uid_validity(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_name(name);
    if (f == nullptr) return false;
    f->info.uid_validity = next_uid_validity_++;
    f->info.uid_next = 1;
    for (message& m : f->messages) m.uid = f->info.uid_next++;
    ++f->info.revision;
  }
  notify();
  return true;
}

std::vector<message> mailbox_store::messages(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const folder* f = by_name(name);
  return f == nullptr ? std::vector<message>{} : f->messages;
}

std::optional<message> mailbox_store::find_message(std::string_view name, std::uint32_t uid) const {
  const std::lock_guard lock(mutex_);
  const folder* f = by_name(name);
  if (f == nullptr) return std::nullopt;
  const auto it = std::ranges::lower_bound(f->messages, uid, {}, &message::uid);
  return it != f->messages.end() && it->uid == uid ? std::optional(*it) : std::nullopt;
}

std::vector<std::uint32_t> mailbox_store::uids(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> all;
  if (const folder* f = by_id(id)) {
    all.reserve(f->messages.size());
    for (const message& m : f->messages) all.push_back(m.uid);
  }
  return all;
}

std::vector<message> mailbox_store::pick(std::uint64_t id, const std::vector<std::uint32_t>& wanted) const {
  const std::lock_guard lock(mutex_);
  std::vector<message> found;
  const folder* f = by_id(id);
  if (f == nullptr) return found;
  found.reserve(wanted.size());
  auto it = f->messages.begin();
  for (const std::uint32_t uid : wanted) {
    it = std::ranges::lower_bound(it, f->messages.end(), uid, {}, &message::uid);
    if (it == f->messages.end()) break;
    if (it->uid == uid) found.push_back(*it);
  }
  return found;
}

std::vector<message> mailbox_store::change_flags(std::uint64_t id, const std::vector<std::uint32_t>& wanted,
                                                 flag_change how, const flag_set& flags) {
  std::vector<message> changed;
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_id(id);
    if (f == nullptr) return changed;
    for (const std::uint32_t uid : wanted) {
      const auto it = at_uid(f->messages, uid);
      if (it == f->messages.end()) continue;
      it->flags = combined(it->flags, how, flags);
      changed.push_back(*it);
    }
    if (!changed.empty()) ++f->info.revision;
  }
  notify();
  return changed;
}

void mailbox_store::mark_retrieved(std::uint64_t id, std::uint32_t uid) {
  const std::lock_guard lock(mutex_);
  if (folder* f = by_id(id)) {
    const auto it = at_uid(f->messages, uid);
    if (it == f->messages.end()) return;
    it->size_known = true;
    ++it->retrievals;
  }
}

std::set<std::uint32_t> mailbox_store::take_recent(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  std::set<std::uint32_t> taken;
  if (folder* f = by_id(id)) {
    for (message& m : f->messages) {
      if (!m.recent) continue;
      taken.insert(m.uid);
      m.recent = false;
    }
  }
  return taken;
}

void mailbox_store::expunge_deleted(std::uint64_t id, const std::vector<std::uint32_t>& within) {
  {
    const std::lock_guard lock(mutex_);
    folder* f = by_id(id);
    if (f == nullptr) return;
    const auto gone = std::erase_if(f->messages, [&](const message& m) {
      return m.flags.has(system_flag::deleted) && std::ranges::binary_search(within, m.uid);
    });
    if (gone != 0) ++f->info.revision;
  }
  notify();
}

std::uint64_t mailbox_store::add_listener(std::function<void()> changed) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(changed));
  return next_listener_++;
}

void mailbox_store::remove_listener(std::uint64_t key) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(key);
}

void mailbox_store::notify() {
  const std::lock_guard lock(listeners_mutex_);
  for (const auto& [key, changed] : listeners_) changed();
}

}  // namespace outmap::exchange
