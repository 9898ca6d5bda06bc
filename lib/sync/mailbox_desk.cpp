#include "sync/mailbox_desk.hpp"

#include <algorithm>
#include <utility>

#include "sync/selection.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

class flags_gatherer final : public session::responder {
 public:
  std::map<uid, flag_set> found;
  void on_data(wire::response& data) override {
    auto* fetch = std::get_if<wire::fetch_data>(&data);
    if (fetch != nullptr && fetch->uid && fetch->flags) found[*fetch->uid] = std::move(*fetch->flags);
  }
};

class uid_gatherer final : public session::responder {
 public:
  uid highest{0};
  void on_data(wire::response& data) override {
    const auto* fetch = std::get_if<wire::fetch_data>(&data);
    if (fetch != nullptr && fetch->uid) highest = std::max(highest, *fetch->uid);
  }
};

// One literal at a time, up to `most` octets.
class literal_holder {
 public:
  void begin(wire::body_section section) {
    section_ = section;
    text_.clear();
    too_large_ = false;
    has_ = true;
  }
  void add(std::span<const char> octets, std::uint64_t most) {
    too_large_ = too_large_ || text_.size() + octets.size() > most;
    if (!too_large_) text_.append(octets.data(), octets.size());
  }
  // What came for that section with this response.
  std::optional<std::string> take(const wire::fetch_data& fetch, wire::body_section wanted) {
    const bool had = std::exchange(has_, false);
    const auto item = std::find_if(fetch.bodies.begin(), fetch.bodies.end(),
                                   [&](const wire::body_item& b) { return b.section == wanted && !b.partial; });
    if (item == fetch.bodies.end()) return std::nullopt;
    if (!item->streamed) return item->text;
    if (!had || section_ != wanted || too_large_) return std::nullopt;
    return std::move(text_);
  }

 private:
  wire::body_section section_ = wire::body_section::full;
  std::string text_;
  bool has_ = false;
  bool too_large_ = false;
};

class header_gatherer final : public session::responder {
 public:
  header_gatherer(const limits& bounds, uid above) : bounds_(bounds), above_(above) {}
  std::vector<fetched_header> found;
  bool overflowed = false;
  bool silent = true;  ///< not one message was told of

  void on_body_begin(wire::body_section section, std::uint64_t) override { literal_.begin(section); }
  void on_body_data(std::span<const char> octets) override { literal_.add(octets, bounds_.header); }
  void on_data(wire::response& data) override {
    const auto* fetch = std::get_if<wire::fetch_data>(&data);
    if (fetch == nullptr || !fetch->uid) return;
    silent = false;
    auto header = literal_.take(*fetch, wire::body_section::header);
    if (!header || *fetch->uid <= above_) return;
    held_ += header->size();
    overflowed = overflowed || held_ > most_held;
    if (overflowed) return;
    found.push_back({*fetch->uid, fetch->date, std::move(*header)});
  }

 private:
  static constexpr std::uint64_t most_held = std::uint64_t{32} << 20;
  const limits& bounds_;
  uid above_;
  literal_holder literal_;
  std::uint64_t held_ = 0;
};

class message_gatherer final : public session::responder {
 public:
  message_gatherer(uid which, std::uint64_t most) : which_(which), most_(most) {}
  std::optional<std::string> found;

  void on_body_begin(wire::body_section section, std::uint64_t) override { literal_.begin(section); }
  void on_body_data(std::span<const char> octets) override { literal_.add(octets, most_); }
  void on_data(wire::response& data) override {
    const auto* fetch = std::get_if<wire::fetch_data>(&data);
    if (fetch == nullptr || !fetch->uid) return;
    auto text = literal_.take(*fetch, wire::body_section::full);
    if (*fetch->uid == which_ && text) found = std::move(text);
  }

 private:
  uid which_;
  std::uint64_t most_;
  literal_holder literal_;
};

class name_finder final : public session::responder {
 public:
  name_finder(const mailbox_name& which, bool lsub) : which_(which), lsub_(lsub) {}
  std::optional<wire::list_data> found;
  void on_data(wire::response& data) override {
    const auto* list = std::get_if<wire::list_data>(&data);
    // A name with wildcards in it finds others, too (XIMAP-V0010).
    if (list != nullptr && list->lsub == lsub_ && list->mailbox == which_) found = *list;
  }

 private:
  const mailbox_name& which_;
  bool lsub_;
};

std::string shown(const mailbox_name& name) { return wire::display_name(name.wire()); }

// "*" is a message wherever there is one: a server that tells of none cannot be asked what is there.
tl::unexpected<error> told_nothing(const mailbox_name& of, std::uint32_t exists) {
  error e(errc::unexpected_response,
          shown(of) + ": the server counts " + std::to_string(exists) + " messages and tells nothing of the last one");
  e.reach = scope::folder;
  return tl::unexpected(std::move(e));
}

}  // namespace

asio::awaitable<result<void>> mailbox_desk::send(const profile::command& what, std::string about) {
  auto done = co_await on_.execute(what, nullptr, std::move(about));
  if (!done) co_return tl::unexpected(done.error());
  co_return result<void>{};
}

asio::awaitable<result<mailbox_mark>> mailbox_desk::open(const mailbox_name& which) {
  open_.reset();
  selection opened([](const selection& now) -> result<void> {
    if (!now.exists() || !now.validity())
      return fail(errc::unsupported_mailbox, "SELECT did not tell EXISTS and UIDVALIDITY");
    return {};
  });
  const profile::command select = profile::select_command{which};
  auto done = co_await on_.execute(select, &opened, shown(which));
  if (!done) co_return tl::unexpected(done.error());
  if (!opened.good()) {
    co_return tl::unexpected(opened.problem().value_or(error(errc::unsupported_mailbox, shown(which))));
  }
  open_ = which;
  seen_ = mailbox_mark{*opened.validity(), *opened.exists(), uid{0}};
  co_return seen_;
}

asio::awaitable<result<mailbox_mark>> mailbox_desk::enter(const mailbox_name& which) {
  if (open_ == which) co_return seen_;
  co_return co_await open(which);
}

asio::awaitable<result<mailbox_mark>> mailbox_desk::mark(const mailbox_name& which) {
  auto opened = co_await open(which);
  if (!opened || opened->exists == 0) co_return opened;
  uid_gatherer last;
  const profile::command ask = profile::uid_fetch_command{{"*"}, profile::fetch_form::uid};
  auto done = co_await on_.execute(ask, &last, shown(which));
  if (!done) co_return tl::unexpected(done.error());
  if (last.highest.value == 0) co_return told_nothing(which, opened->exists);
  opened->highest = last.highest;
  co_return opened;
}

asio::awaitable<result<std::map<uid, flag_set>>> mailbox_desk::fetch_flags(profile::message_set of) {
  flags_gatherer into;
  const profile::command ask = profile::uid_fetch_command{std::move(of), profile::fetch_form::uid_flags};
  auto done = co_await on_.execute(ask, &into);
  if (!done) co_return tl::unexpected(done.error());
  co_return std::move(into.found);
}

asio::awaitable<result<std::map<uid, flag_set>>> mailbox_desk::flags(const uid_set& which) {
  std::map<uid, flag_set> out;
  const auto pieces = which.split(wire::longest_set);
  for (const auto& piece : pieces) {
    auto set = profile::message_set::of(piece);
    auto some = co_await fetch_flags(std::move(set));
    if (!some) co_return tl::unexpected(some.error());
    for (auto& [key, value] : *some) {
      // What the server tells besides is of other messages.
      if (which.contains(key)) out.insert_or_assign(key, std::move(value));
    }
  }
  co_return out;
}

asio::awaitable<result<std::map<uid, flag_set>>> mailbox_desk::all_flags() {
  auto all = profile::message_set::all();
  co_return co_await fetch_flags(std::move(all));
}

asio::awaitable<result<std::vector<fetched_header>>> mailbox_desk::fetch_headers(profile::message_set of, uid above,
                                                                                 bool to_the_last) {
  header_gatherer into(bounds_, above);
  const auto form = profile::header_form(on_.talk().known().dialect(), true);
  const profile::command ask = profile::uid_fetch_command{std::move(of), form};
  auto done = co_await on_.execute(ask, &into);
  if (!done) co_return tl::unexpected(done.error());
  if (into.overflowed) co_return fail(errc::incomplete, "too many new messages to look through");
  if (into.silent && to_the_last) co_return told_nothing(open_.value_or(mailbox_name()), seen_.exists);
  co_return std::move(into.found);
}

asio::awaitable<result<std::vector<fetched_header>>> mailbox_desk::headers(const uid_set& which) {
  std::vector<fetched_header> out;
  const auto pieces = which.split(wire::longest_set);
  for (const auto& piece : pieces) {
    auto set = profile::message_set::of(piece);
    auto some = co_await fetch_headers(std::move(set), uid{0}, false);
    if (!some) co_return some;
    for (auto& one : *some) {
      if (which.contains(one.uid)) out.push_back(std::move(one));
    }
  }
  co_return out;
}

asio::awaitable<result<std::vector<fetched_header>>> mailbox_desk::headers_above(uid last) {
  if (last.value == UINT32_MAX || seen_.exists == 0) co_return std::vector<fetched_header>{};
  profile::message_set above{std::to_string(last.value + 1) + ":*"};
  co_return co_await fetch_headers(std::move(above), last, true);
}

asio::awaitable<result<std::optional<std::string>>> mailbox_desk::message(uid which, std::uint64_t most) {
  message_gatherer into(which, most);
  const auto form = profile::full_form(on_.talk().known().dialect());
  const profile::command ask = profile::uid_fetch_command{{std::to_string(which.value)}, form};
  auto done = co_await on_.execute(ask, &into);
  if (!done) co_return tl::unexpected(done.error());
  co_return std::move(into.found);
}

asio::awaitable<result<std::optional<wire::list_data>>> mailbox_desk::find(profile::command asked,
                                                                           const mailbox_name& which) {
  name_finder into(which, std::holds_alternative<profile::lsub_command>(asked));
  auto done = co_await on_.execute(asked, &into, shown(which));
  if (!done) co_return tl::unexpected(done.error());
  co_return std::move(into.found);
}

asio::awaitable<result<std::optional<wire::list_data>>> mailbox_desk::listed(const mailbox_name& which) {
  profile::command ask = profile::list_command{which.wire()};
  co_return co_await find(std::move(ask), which);
}

asio::awaitable<result<std::optional<wire::list_data>>> mailbox_desk::subscribed(const mailbox_name& which) {
  profile::command ask = profile::lsub_command{which.wire()};
  co_return co_await find(std::move(ask), which);
}

}  // namespace outmap::sync
