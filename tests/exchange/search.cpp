#include <algorithm>

#include "imap_session.hpp"
#include "message_search.hpp"
#include "search_key.hpp"

namespace outmap::exchange {

void imap_session::search(arguments& args, bool by_uid) {
  const search_program program = parse_search(args, behaves().deepest_search);
  if (!by_uid) news_ = news::no_expunge;
  const auto& known = behaves().search_charsets;
  if (!program.charset.empty() && std::ranges::find(known, program.charset) == known.end()) {
    std::string list;
    for (const std::string& charset : known) list += (list.empty() ? "" : " ") + charset;
    // XIMAP-V0038
    return no(with_code("BADCHARSET (" + list + ")", "The specified charset is not supported."));
  }
  std::string found;
  const auto last = static_cast<std::uint32_t>(selected_->uids().size());
  for (const message& m : store().pick(selected_->folder(), selected_->uids())) {
    search_subject subject{m};
    subject.recent = selected_->is_recent(m.uid);
    subject.size = reported_size(m);
    subject.number = selected_->number_of(m.uid);
    subject.last_number = last;
    subject.last_uid = selected_->uids().back();
    subject.only_mdn_sent = !behaves().keywords;
    if (meets(program.key, subject)) found += " " + std::to_string(by_uid ? m.uid : subject.number);
  }
  untagged("SEARCH" + found);
  ok("SEARCH completed.");
}

}  // namespace outmap::exchange
