#include "profile/audit_mailboxes.hpp"

namespace outmap::profile {

void audit_mailboxes::listed(const wire::list_data& data) {
  const auto& name = data.mailbox.wire();
  if (!data.noselect && !data.noinferiors) {
    known_.erase(name);
  } else if (known_.size() < most) {
    known_[name] = {data.noselect, data.noinferiors, data.delimiter.value_or('\0')};
  }
}

void audit_mailboxes::judge(const read_command& command, audit_findings& to) const {
  const auto name = mailbox_name(command.mailbox).wire();
  if (command.word == audit_word::select || command.word == audit_word::status) {
    const auto at = known_.find(name);
    if (at == known_.end() || !at->second.noselect) return;
    to.add({audit_rule::noselect},
           std::string(traits(command.word).name) + " of a mailbox that the server listed as \\Noselect");
  }
  if (command.word != audit_word::create) return;
  for (auto cut = name.find_last_not_of("/.\\"); cut != std::string::npos && cut > 0; --cut) {
    const auto at = known_.find(name.substr(0, cut));
    if (at == known_.end() || !at->second.noinferiors || at->second.delimiter != name[cut]) continue;
    to.add({audit_rule::noselect}, "CREATE below a mailbox that the server listed as \\Noinferiors");
    return;
  }
}

}  // namespace outmap::profile
