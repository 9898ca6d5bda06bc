#include "profile/command.hpp"

#include <type_traits>

#include "profile/state_bits.hpp"

namespace outmap::profile {
namespace {

owned_data answer_to(fetch_form form) {
  switch (form) {
    case fetch_form::uid:
    case fetch_form::uid_flags: return owned_data::fetch;
    case fetch_form::rfc822_header_with_date:
    case fetch_form::rfc822_header:
    case fetch_form::body_header_with_date:
    case fetch_form::body_header: return owned_data::fetch_header;
    case fetch_form::rfc822_full:
    case fetch_form::rfc822_peek:
    case fetch_form::body_full: return owned_data::fetch_body;
  }
  return owned_data::fetch;
}

struct traits_of {
  command_traits operator()(const capability_command&) const {
    return {"CAPABILITY", any_state, owned_data::capability, false, false, true};
  }
  command_traits operator()(const noop_command&) const {
    return {"NOOP", any_state, owned_data::none, false, false, true};
  }
  command_traits operator()(const logout_command&) const {
    return {"LOGOUT", any_state, owned_data::none, true, false};
  }
  command_traits operator()(const starttls_command&) const {
    return {"STARTTLS", before_login, owned_data::none, true, false};
  }
  command_traits operator()(const authenticate_command&) const {
    return {"AUTHENTICATE", before_login, owned_data::none, true, false};
  }
  command_traits operator()(const login_command&) const {
    return {"LOGIN", before_login, owned_data::none, true, false};
  }
  command_traits operator()(const select_command&) const {
    return {"SELECT", after_login, owned_data::none, false, false, true};
  }
  command_traits operator()(const create_command&) const {
    return {"CREATE", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const delete_command&) const {
    return {"DELETE", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const rename_command&) const {
    return {"RENAME", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const subscribe_command&) const {
    return {"SUBSCRIBE", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const unsubscribe_command&) const {
    return {"UNSUBSCRIBE", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const list_command&) const {
    return {"LIST", after_login, owned_data::list, false, false, true};
  }
  command_traits operator()(const lsub_command&) const {
    return {"LSUB", after_login, owned_data::lsub, false, false, true};
  }
  command_traits operator()(const status_command&) const {
    return {"STATUS", after_login, owned_data::status, false, false, true};
  }
  command_traits operator()(const append_command&) const {
    return {"APPEND", after_login, owned_data::none, false, true};
  }
  command_traits operator()(const expunge_command&) const {
    return {"EXPUNGE", in_mailbox, owned_data::none, true, true};
  }
  command_traits operator()(const idle_command&) const { return {"IDLE", after_login, owned_data::none, true, false}; }
  // (UID FLAGS RFC822) sets \Seen, so it changes the server (OIMAP-V0055).
  command_traits operator()(const fetch_command& c) const {
    return {"FETCH", in_mailbox, answer_to(c.form), false, c.form == fetch_form::rfc822_full};
  }
  command_traits operator()(const uid_fetch_command& c) const {
    const bool marks_seen = c.form == fetch_form::rfc822_full;
    return {"UID FETCH", in_mailbox, answer_to(c.form), false, marks_seen, !marks_seen};
  }
  command_traits operator()(const store_command&) const {
    return {"STORE", in_mailbox, owned_data::fetch, false, true};
  }
  command_traits operator()(const uid_store_command&) const {
    return {"UID STORE", in_mailbox, owned_data::fetch, false, true};
  }
  command_traits operator()(const copy_command&) const { return {"COPY", in_mailbox, owned_data::none, false, true}; }
  command_traits operator()(const uid_copy_command&) const {
    return {"UID COPY", in_mailbox, owned_data::none, false, true};
  }
};

void encode_store(wire::encoder& out, const message_set& set, store_form form, const flag_set& flags) {
  out.set(set.text).raw(text(form));
  if (form == store_form::replace) out.flags(flag_set(flags.system_bits()));
}

struct arguments_of {
  wire::encoder& out;

  void operator()(const authenticate_command& c) const { out.atom(c.mechanism); }
  void operator()(const login_command& c) const { out.astring(c.user).secret_astring(c.password); }
  void operator()(const rename_command& c) const { out.mailbox(c.from).mailbox(c.to); }
  void operator()(const list_command& c) const { out.raw("\"\"").list_pattern(c.pattern); }
  void operator()(const lsub_command& c) const { out.raw("\"\"").list_pattern(c.pattern); }
  void operator()(const status_command& c) const { out.mailbox(c.mailbox).raw("(UNSEEN)"); }
  void operator()(const append_command& c) const {
    out.mailbox(c.mailbox);
    if (c.flags.system_bits() != 0) out.flags(flag_set(c.flags.system_bits()));
    if (c.date) out.date_time(*c.date);
    out.message_literal(c.message);
  }
  void operator()(const fetch_command& c) const { out.set(c.set.text).raw(items(c.form)); }
  void operator()(const uid_fetch_command& c) const { out.set(c.set.text).raw(items(c.form)); }
  void operator()(const store_command& c) const { encode_store(out, c.set, c.form, c.flags); }
  void operator()(const uid_store_command& c) const { encode_store(out, c.set, c.form, c.flags); }
  void operator()(const copy_command& c) const { out.set(c.set.text).mailbox(c.to); }
  void operator()(const uid_copy_command& c) const { out.set(c.set.text).mailbox(c.to); }

  template <class Command>
  void operator()(const Command& c) const {
    if constexpr (!std::is_empty_v<Command>) out.mailbox(c.mailbox);
  }
};

std::optional<fetch_form> form_of(const command& c) {
  if (const auto* f = std::get_if<fetch_command>(&c)) return f->form;
  if (const auto* f = std::get_if<uid_fetch_command>(&c)) return f->form;
  return std::nullopt;
}

}  // namespace

command_traits traits(const command& c) noexcept { return std::visit(traits_of{}, c); }

result<wire::encoded_command> encode(const command& c, std::string_view tag, const encoding_rules& rules) {
  const auto what = traits(c);
  if (rules.read_only && what.changes_server) {
    return fail(errc::read_only, std::string(what.name) + " was refused before it was sent");
  }
  if (const auto form = form_of(c); form && !allowed(*form, rules.server)) {
    return fail(errc::invalid_argument,
                "OIMAP-V0055: the list " + std::string(items(*form)) + " is not for this server's dialect");
  }
  wire::encoder out(tag);
  out.raw(what.name);
  std::visit(arguments_of{out}, c);
  return out.finish();
}

}  // namespace outmap::profile
