#include <algorithm>
#include <array>
#include <set>

#include "imap_session.hpp"
#include "mailbox_text.hpp"

namespace outmap::exchange {

namespace {

std::string attributes_of(const folder_info& f) {
  // XIMAP-V0053: no other attribute is ever sent.
  if (f.noselect) return "(\\Noselect)";
  return f.marked ? "(\\Marked)" : "()";
}

std::string system_flags_of(const personality& behaves) {
  return behaves.keywords ? R"((\Seen \Answered \Flagged \Deleted \Draft $MDNSent \*))"
                          : R"((\Seen \Answered \Flagged \Deleted \Draft $MDNSent))";
}

std::string_view refusal_text(tree_result why) {
  switch (why) {
    case tree_result::exists_already: return "A mailbox of that name exists.";
    case tree_result::no_such_folder: return "The mailbox does not exist.";
    case tree_result::has_children: return "The mailbox has inferior names.";
    case tree_result::forbidden:
    case tree_result::done: break;
  }
  return "That is not allowed for this mailbox.";
}

}  // namespace

std::string imap_session::mailbox_argument(arguments& args) {
  args.space();
  const std::string written = args.astring();
  if (auto name = name_from_wire(written)) return *std::move(name);
  // What tells a name with a bare TAB (field_quirk::tabs_in_names) must know it again.
  if (written.find('\t') != std::string::npos && store().find(written)) return written;
  throw bad_arguments{"The mailbox name is no modified UTF-7."};
}

void imap_session::open_mailbox(arguments& args, bool read_only) {
  const std::string name = mailbox_argument(args);
  args.end();
  // RFC 3501 6.3.1: the mailbox that was selected is left whether the new one opens or not.
  selected_.reset();
  owes_exists_ = false;
  state_ = state::authenticated;
  const auto folder = store().find(name);
  if (!folder) return no(refusal_text(tree_result::no_such_folder));
  if (folder->noselect) return no("The mailbox cannot be selected.");

  selected_.emplace(store(), *folder, read_only, behaves().push_flag_changes);
  state_ = state::selected;
  news_ = news::none;
  untagged(R"(FLAGS (\Seen \Answered \Flagged \Deleted \Draft $MDNSent))");  // XIMAP-V0054
  for (const std::string& line : selected_->sizes()) untagged(line);
  if (behaves().select_codes) {
    const auto all = store().pick(folder->id, selected_->uids());
    const auto unseen = std::ranges::find_if(all, [](const message& m) { return !m.flags.has(system_flag::seen); });
    if (unseen != all.end()) {
      untagged_code("UNSEEN", std::to_string(selected_->number_of(unseen->uid)), "Is the first unseen message");
    }
    untagged_code("PERMANENTFLAGS", read_only ? "()" : system_flags_of(behaves()), "Permanent flags");
    const std::uint32_t last = selected_->uids().empty() ? 0 : selected_->uids().back();
    untagged_code("UIDNEXT", std::to_string(std::max(folder->uid_next, last + 1)), "Next UID value");
  }
  untagged_code("UIDVALIDITY", std::to_string(folder->uid_validity), "UIDVALIDITY value");
  ok(read_only ? with_code("READ-ONLY", "EXAMINE completed.") : with_code("READ-WRITE", "SELECT completed."));
}

/// Reference and pattern in one, UTF-8; nothing when the answer is empty by rule.
std::optional<std::string> imap_session::list_pattern(arguments& args) {
  args.space();
  const std::string reference = args.astring();
  args.space();
  const std::string pattern = args.list_mailbox();
  args.end();
  if (pattern.empty()) return std::string();
  if (!reference.empty() && !reference.ends_with(delimiter) && !behaves().bare_reference_lists) return std::nullopt;
  auto whole = pattern_from_wire(reference + pattern);
  if (!whole) throw bad_arguments{"The mailbox pattern is no modified UTF-7."};
  return whole;
}

void imap_session::do_list(arguments& args) {
  const auto pattern = list_pattern(args);
  if (pattern && pattern->empty()) {
    untagged(R"(LIST (\Noselect) "/" "")");
  } else if (pattern) {
    for (const folder_info& f : store().folders()) {
      if (!name_matches(*pattern, f.name, behaves().names_ignore_case)) continue;
      list_response("LIST", attributes_of(f), f.name);
    }
  }
  ok("LIST completed.");
}

void imap_session::do_lsub(arguments& args) {
  const auto pattern = list_pattern(args);
  std::set<std::string> superiors;
  if (pattern && !pattern->empty()) {
    for (const std::string& name : store().subscriptions()) {
      if (name_matches(*pattern, name, behaves().names_ignore_case)) {
        const auto f = store().find(name);
        const bool bare = behaves().lsub_drops_attributes;  // XIMAP-V0034
        const std::string attributes = bare ? "()" : f ? attributes_of(*f) : "(\\Noselect)";
        list_response("LSUB", attributes, name);
        superiors.insert(name);
        continue;
      }
      // RFC 3501 6.3.9: a '%' shows the level above a subscribed name, marked \Noselect.
      for (std::size_t cut = name.find(delimiter); cut != std::string::npos; cut = name.find(delimiter, cut + 1)) {
        const std::string superior = name.substr(0, cut);
        if (!pattern->ends_with('%') || !name_matches(*pattern, superior, behaves().names_ignore_case)) continue;
        if (!superiors.insert(superior).second) continue;
        list_response("LSUB", "(\\Noselect)", superior);
      }
    }
  }
  ok("LSUB completed.");
}

void imap_session::do_status(arguments& args) {
  const std::string name = mailbox_argument(args);
  args.space();
  const std::vector<std::string> items = args.status_items();
  args.end();
  const auto f = store().find(name);
  if (!f) return no(refusal_text(tree_result::no_such_folder));
  if (f->noselect) return no("The mailbox cannot be selected.");
  const std::array<std::pair<std::string_view, std::uint32_t>, 5> known = {{
      {"MESSAGES", f->exists},
      {"RECENT", f->recent},
      {"UIDNEXT", f->uid_next},
      {"UIDVALIDITY", f->uid_validity},
      {"UNSEEN", f->unseen},
  }};
  std::string list;
  for (const std::string& item : items) {
    const auto entry = std::ranges::find_if(known, [&](const auto& one) { return one.first == item; });
    if (entry == known.end() && behaves().ignore_invalid_args) continue;  // XIMAP-2.3
    if (entry == known.end()) throw bad_arguments{"Unknown status item."};
    list += (list.empty() ? "" : " ") + item + " " + std::to_string(entry->second);
  }
  untagged("STATUS " + name_text(f->name) + " (" + list + ")");
  ok("STATUS completed.");
}

void imap_session::do_create(arguments& args) {
  const std::string name = mailbox_argument(args);
  args.end();
  if (!name_allowed(name, behaves())) return no("The mailbox name is not allowed.");
  const tree_result came_to = store().create(name);
  if (came_to != tree_result::done) return no(refusal_text(came_to));
  ok("CREATE completed.");
}

void imap_session::do_delete(arguments& args) {
  const std::string name = mailbox_argument(args);
  args.end();
  const tree_result came_to = store().remove_folder(name);
  if (came_to != tree_result::done) return no(refusal_text(came_to));
  ok("DELETE completed.");
}

void imap_session::do_rename(arguments& args) {
  const std::string from = mailbox_argument(args);
  const std::string to = mailbox_argument(args);
  args.end();
  if (!behaves().rename_delimiter && to.find(delimiter) != std::string::npos) {  // XIMAP-V0028
    return bad("The hierarchy delimiter is not supported in the new name.");
  }
  if (!name_allowed(to, behaves())) return no("The mailbox name is not allowed.");
  const tree_result came_to = store().rename(from, to);
  if (came_to != tree_result::done) return no(refusal_text(came_to));
  ok("RENAME completed.");
}

void imap_session::do_subscribe(arguments& args) {
  const std::string name = mailbox_argument(args);
  args.end();
  if (behaves().subscribe_checks && !store().find(name)) return no(refusal_text(tree_result::no_such_folder));
  store().subscribe(name);
  ok("SUBSCRIBE completed.");
}

void imap_session::do_unsubscribe(arguments& args) {
  const std::string name = mailbox_argument(args);
  args.end();
  if (!store().unsubscribe(name)) return no("That name is not subscribed.");
  ok("UNSUBSCRIBE completed.");
}

void imap_session::do_close(arguments& args) {
  args.end();
  if (!selected_->read_only()) store().expunge_deleted(selected_->folder(), selected_->uids());
  selected_.reset();
  state_ = state::authenticated;
  ok("CLOSE completed.");
}

}  // namespace outmap::exchange
