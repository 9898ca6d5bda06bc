// Encoder round trip: whatever an app passes in, what goes out is one command of the profile, and a server that reads
// it by the grammar reads the same value. The first octet chooses the command, lines of the input are its arguments.
#include <span>

#include "fuzz_input.hpp"
#include "outmap/audit.hpp"
#include "profile/command.hpp"
#include "wire/encoder.hpp"
#include "wire/framer.hpp"
#include "wire/modified_utf7.hpp"
#include "wire/parser.hpp"

using namespace outmap;
using fuzz::must;

namespace {

profile::command made(std::uint8_t which, const std::string& first, const std::string& second, std::string_view rest) {
  using namespace profile;
  const mailbox_name name(first);
  const mailbox_name other(second);
  flag_set flags;
  for (const char c : second) flags.set(static_cast<system_flag>(1 << static_cast<unsigned char>(c) % 5));
  switch (which % 16) {
    case 0: return select_command{name};
    case 1: return create_command{name};
    case 2: return delete_command{name};
    case 3: return rename_command{name, other};
    case 4: return subscribe_command{name};
    case 5: return list_command{first};
    case 6: return lsub_command{first};
    case 7: return status_command{name};
    case 8: return append_command{name, flags, std::nullopt, std::string(rest)};
    case 9: return login_command{first, secret(second)};
    case 10: return authenticate_command{first};
    case 11: return uid_fetch_command{{first}, fetch_form::uid_flags};
    case 12: return uid_store_command{{first}, store_form::add_seen, flags};
    case 13: return uid_copy_command{{first}, other};
    case 14: return copy_command{{first}, other};
    default: return unsubscribe_command{name};
  }
}

// What a command reader finds: CRLF outside of literals only at the end, and literals as long as they say.
void check_one_command(const wire::encoded_command& command) {
  must(!command.fragments.empty(), "a fragment");
  std::size_t literal = 0;
  for (std::size_t i = 0; i < command.fragments.size(); ++i) {
    std::string_view octets = command.fragments[i].bytes;
    must(octets.size() >= literal, "a whole literal");
    octets.remove_prefix(literal);
    must(octets.size() >= 2 && octets.ends_with("\r\n"), "a line");
    octets.remove_suffix(2);
    must(octets.size() <= wire::longest_command, "a line that servers take");
    must(octets.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "one line");
    for (const char c : octets) must(static_cast<unsigned char>(c) < 0x80, "seven bits");
    literal = 0;
    const bool last = i + 1 == command.fragments.size();
    if (last) continue;
    must(octets.ends_with('}'), "a literal announced");
    const auto brace = octets.rfind('{');
    must(brace != std::string_view::npos, "a literal announced");
    literal = std::stoull(std::string(octets.substr(brace + 1, octets.size() - brace - 2)));
  }
}

// The trace says the same of any other password that is as long. To look for the password in it would not do: a user of
// two backslashes shows as four.
void check_trace_of_login(const wire::encoded_command& got, const std::string& user, const std::string& password) {
  const secret other(std::string(password.size(), password.starts_with('#') ? '%' : '#'));
  const auto again = profile::encode(profile::login_command{user, other}, "ab12", {});
  must(again && again->fragments.size() == got.fragments.size(), "the same form for another password");
  for (std::size_t i = 0; i < got.fragments.size(); ++i)
    must(got.fragments[i].trace == again->fragments[i].trace, "no password in the trace");
}

// An error says the same of another password that is refused for the same reason.
void check_error_of_login(const error& got, const std::string& user, std::string password) {
  for (char& c : password) {
    const bool has_meaning = static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f;
    if (!has_meaning && c != '"' && c != '\\') c = '#';
  }
  const auto other = profile::encode(profile::login_command{user, secret(password)}, "ab12", {});
  must(!other && other.error().message() == got.message(), "no password in the error");
}

// An astring of ours, read back as a server's mailbox name.
void check_round_trip(const std::string& value) {
  wire::encoder out("abcd");
  out.raw("X").astring(value);
  const auto encoded = out.finish();
  if (!encoded) return;
  std::string text;
  for (const auto& fragment : encoded->fragments) text += fragment.bytes;
  must(text.starts_with("abcd X "), "the fixed part");
  const auto response = "* LIST () NIL " + text.substr(7);
  wire::framer framer;
  std::span<const char> input(response);
  must(framer.next(input) == wire::framer::event::frame && input.empty(), "one response");
  const auto parsed = wire::parse(framer.current());
  must(parsed.has_value(), "a response");
  const auto* list = std::get_if<wire::list_data>(&*parsed);
  must(list != nullptr && list->mailbox == mailbox_name(value), "the same name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const auto which = in.octet();
  const std::string first(in.line());
  const std::string second(in.line());
  const auto command = made(which, first, second, in.rest());
  const auto encoded = profile::encode(command, "ab12", {});
  if (encoded) {
    check_one_command(*encoded);
    must(encoded->fragments[0].bytes.starts_with("ab12 " + std::string(profile::traits(command).name)), "its word");
    if (which % 16 == 9) check_trace_of_login(*encoded, first, second);
  } else {
    if (which % 16 == 9) check_error_of_login(encoded.error(), first, second);
  }
  must(profile::traits(command).changes_server ==
               !profile::encode(command, "ab12", {profile::dialect::imap4rev1, true}) ||
           !encoded,
       "read-only refuses what changes the server");
  check_round_trip(first);
  return 0;
}
