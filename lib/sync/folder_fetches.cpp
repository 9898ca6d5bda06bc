// What a folder_sync fetches: how much of it is complete, and what becomes of the rest.
#include <algorithm>
#include <utility>

#include "sync/folder_records.hpp"
#include "sync/folder_sync.hpp"
#include "wire/encoder.hpp"

namespace outmap::sync {
namespace {

// What came by a command that was refused, when it is asked for again: mostly it is another message that cannot be had.
constexpr std::uint64_t bodies_again = 32;
// Beyond this many, a folder of messages that do not come is a sick server and not a case for one command each.
constexpr std::uint64_t most_single_tries = 1000;

}  // namespace

void folder_sync::collect(errand& done) {
  if (auto* came = dynamic_cast<message_collector*>(done.answers.get())) {
    if (is_main(done.why)) review_.bodies() ? arrivals_.add(came->arrived()) : arrivals_.complete(came->arrived());
    tell_added(came->arrived());
  } else if (auto* seen = dynamic_cast<presence_collector*>(done.answers.get())) {
    present_.add(seen->present());
  }
}

void folder_sync::answered(const errand& done, const result<void>& outcome) {
  // It may still have brought some; what is missing is looked at in the end.
  if (!outcome) with_.watch.on_warning(outcome.error());
  if (!review_.bodies() || !is_main(done.why)) return;
  if (outcome) {
    const auto complete = arrivals_.confirm(done.wanted);
    size_.complete(complete.size());
    quarantine_.clear(complete.without(words_));
    return;
  }
  const auto before = arrivals_.doubted();
  const auto came = arrivals_.doubt(done.wanted);
  // One that came alone is asked for once more with those that did not come.
  if (done.why == errand::purpose::bodies && done.wanted.size() > 1)
    ready_.push_fetches(errand::purpose::bodies, came.without(before), bodies_again);
}

bool folder_sync::is_main(errand::purpose why) const {
  using purpose = errand::purpose;
  return why == purpose::single || why == (review_.bodies() ? purpose::bodies : purpose::headers);
}

arrival_listener folder_sync::listener(errand::purpose why) {
  arrival_listener listen;
  listen.stand_ins = &stand_ins_;
  if (!is_main(why)) {
    // The body tells whether the message itself can be had.
    listen.message = [this](uid which, std::uint64_t, bool stand_in) {
      if (stand_in) stand_ins_.add(which);
    };
    return listen;
  }
  if (review_.bodies()) {
    listen.octets = [this](std::uint64_t octets) {
      with_.so_far.folder = report_.name;
      with_.so_far.octets += octets;
      with_.watch.on_progress(with_.so_far);
    };
  }
  listen.message = [this](uid which, std::uint64_t octets, bool stand_in) {
    size_.came(octets);
    const bool first = !arrivals_.doubted().contains(which);
    with_.so_far.messages_done += first ? 1 : 0;
    if (stand_in) return note_words(which);
    report_.bodies += review_.bodies() && first ? 1 : 0;
    report_.body_octets += review_.bodies() && first ? octets : 0;
    if (!review_.bodies()) quarantine_.clear(which);
  };
  return listen;
}

void folder_sync::push_bodies() {
  // Alone, so that each that fits in between two cuts is complete.
  const auto again = wanted_.without(wanted_.without(arrivals_.doubtful()));
  ready_.push_fetches(errand::purpose::bodies, again, again.size() <= most_single_tries ? 1 : bodies_again);
  ready_.push_fetches(errand::purpose::bodies, wanted_.without(again), command_size::most);
}

result<void> folder_sync::adopt() {
  const auto held = held_bodies(with_.from, folder_);
  if (!held) return tl::unexpected(held.error());
  if (auto ok = review_.bodies() ? arrivals_.load(with_.from) : result<void>{}; !ok) return ok;
  const auto left = wanted_.without(held->without(stand_ins_).without(arrivals_.doubtful()));
  report_.adopted = wanted_.size() - left.size();
  if (!review_.bodies()) return {};
  with_.so_far.messages_total -= report_.adopted;
  wanted_ = left;
  push_bodies();
  return {};
}

void folder_sync::retry_present() {
  stage_ = stage::retrying;
  // The server may list more than it was asked about.
  present_ = present_.without(present_.without(wanted_.without(arrivals_.complete())));
  auto one_by_one = present_.split(wire::longest_set, 1);
  if (one_by_one.size() > most_single_tries) one_by_one.resize(most_single_tries);
  for (auto& one : one_by_one) ready_.push(errand::purpose::single, std::move(one));
}

void folder_sync::give_up_missing() {
  const auto missing = wanted_.without(arrivals_.complete());
  const auto gone = missing.without(present_);
  for (const auto u : missing.without(gone).without(words_).to_vector()) {
    quarantine(u, arrivals_.doubtful().contains(u)
                      ? "the server sends the message and refuses the command; what it sent is kept"
                      : "the server lists the message and does not deliver it");
  }
  quarantine_.clear(gone);
}

void folder_sync::note_words(uid which) {
  if (words_.contains(which)) return;
  words_.add(which);
  quarantine(which, "the server sends words about a failure in place of the message");
}

void folder_sync::quarantine(uid which, std::string_view reason) {
  ++report_.quarantined;
  quarantine_.put(which, reason);
}

bool folder_sync::blame(std::string_view partial_response, const error& why) {
  const auto which = quarantine_.blame(partial_response, why);
  if (!which) return false;
  if (!ready_.forgotten().contains(*which)) ++report_.quarantined;
  ready_.forget(*which);
  wanted_ = wanted_.without(ready_.forgotten());
  return true;
}

}  // namespace outmap::sync
