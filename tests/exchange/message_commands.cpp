#include <algorithm>
#include <chrono>

#include "ascii.hpp"
#include "imap_session.hpp"

namespace outmap::exchange {

namespace {

internal_date now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::seconds>(since).count(), 0};
}

}  // namespace

flag_set imap_session::storable(const flag_list& wanted) const {
  if (!wanted.unknown.empty() && !behaves().ignore_invalid_args) {
    throw bad_arguments{"The flag " + wanted.unknown.front() + " cannot be set."};
  }
  if (behaves().keywords) return wanted.flags;
  flag_set kept = wanted.flags;
  std::string mdn_sent;
  std::string_view words = wanted.flags.keywords();
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    if (same_word(word, "$MDNSent")) {
      mdn_sent = "$MDNSent";
    } else if (!behaves().ignore_invalid_args) {
      throw bad_arguments{"Keywords are not supported."};
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  kept.set_keywords(mdn_sent);
  return kept;
}

void imap_session::do_append(arguments& args) {
  const std::string name = mailbox_argument(args);
  message content;
  content.date = now();
  args.space();
  if (args.next_is_flags()) {
    content.flags = storable(args.flags());
    args.space();
  }
  if (args.next_is('"')) {
    content.date = args.date_time();
    args.space();
  }
  std::string octets = args.literal();
  args.end();
  if (octets.find('\0') != std::string::npos) throw bad_arguments{"A message holds no NUL."};
  const auto folder = store().find(name);
  if (!folder || folder->noselect) return no(with_code("TRYCREATE", "The mailbox does not exist."));
  content.octets = std::make_shared<const std::string>(std::move(octets));
  store().append(folder->id, std::move(content));
  const bool here = selected_ && selected_->folder() == folder->id;
  if (here && behaves().append_exists != exists_timing::before_ok) news_ = news::none;
  ok("APPEND completed.");
  if (here && behaves().append_exists == exists_timing::after_ok) tell_news(news::all);
}

void imap_session::do_expunge(arguments& args) {
  args.end();
  if (selected_->read_only()) return no("The mailbox is selected read-only.");
  store().expunge_deleted(selected_->folder(), selected_->uids());
  tell_news(news::all);
  // XIMAP-V0055: EXISTS states the new size even though the EXPUNGE responses implied it.
  const std::string exists = std::to_string(selected_->uids().size()) + " EXISTS";
  if (behaves().expunge_exists == exists_timing::before_ok) untagged(exists);
  ok("EXPUNGE completed.");
  if (behaves().expunge_exists == exists_timing::after_ok) untagged(exists);
  owes_exists_ = behaves().expunge_exists == exists_timing::next_command;
}

void imap_session::do_uid(arguments& args) {
  args.space();
  const std::string name = upper_cased(args.atom());
  if (name == "FETCH") return fetch(args, true);
  if (name == "STORE") return change_flags(args, true);
  if (name == "COPY") return copy(args, true);
  if (name == "SEARCH") return search(args, true);
  bad("Command Error.");
}

void imap_session::change_flags(arguments& args, bool by_uid) {
  args.space();
  const sequence_set set = args.set();
  args.space();
  flag_change how = flag_change::replace;
  if (args.take('+')) {
    how = flag_change::add;
  } else if (args.take('-')) {
    how = flag_change::remove;
  }
  const std::string item = upper_cased(args.atom());
  if (item != "FLAGS" && item != "FLAGS.SILENT") throw bad_arguments{"Only FLAGS can be stored."};
  args.space();
  const flag_set flags = storable(args.store_flags());
  args.end();
  if (!by_uid) news_ = news::no_expunge;
  const std::vector<std::uint32_t> wanted = selected_->resolve(set, by_uid);
  if (selected_->read_only()) return no("The mailbox is selected read-only.");
  const std::vector<message> changed = store().change_flags(selected_->folder(), wanted, how, flags);
  for (const message& m : changed) {
    selected_->told(m);
    if (item == "FLAGS.SILENT") continue;
    untagged(std::to_string(selected_->number_of(m.uid)) + " FETCH (" +
             (by_uid ? "UID " + std::to_string(m.uid) + " " : "") + "FLAGS " + selected_->flags_text(m) + ")");
  }
  if (!by_uid && changed.size() != wanted.size()) return no("Some of the messages no longer exist.");
  ok("STORE completed.");
}

void imap_session::copy(arguments& args, bool by_uid) {
  args.space();
  const sequence_set set = args.set();
  const std::string name = mailbox_argument(args);
  args.end();
  const std::vector<std::uint32_t> wanted = selected_->resolve(set, by_uid);
  const auto to = store().find(name);
  if (!to || to->noselect) return no(with_code("TRYCREATE", "The mailbox does not exist."));
  const std::vector<message> found = store().pick(selected_->folder(), wanted);
  // RFC 3501 6.4.7: all or nothing.
  if (!by_uid && found.size() != wanted.size()) return no("Some of the messages no longer exist.");
  for (const message& m : found) store().append(to->id, m);
  ok("COPY completed.");
}

}  // namespace outmap::exchange
