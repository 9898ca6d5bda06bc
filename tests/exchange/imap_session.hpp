// One connection's life: greeting, commands in the order of their arrival, LOGOUT (RFC 3501 section 3).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "accounts.hpp"
#include "arguments.hpp"
#include "channel.hpp"
#include "command_reader.hpp"
#include "loose_output.hpp"
#include "selected_mailbox.hpp"
#include "service.hpp"

namespace outmap::exchange {

/// Serial: a command is finished before the next one is looked at (XIMAP-V0016). The implementation lies in one file a
/// group of commands: imap_session.cpp, responses.cpp, authentication.cpp, mailbox_commands.cpp, message_commands.cpp,
/// fetch.cpp, search.cpp.
class imap_session {
 public:
  /// `take_injected` gives what a test wants sent now; called when the channel was woken.
  imap_session(service& shared, channel& connection, std::uint64_t number, std::function<std::string()> take_injected);

  /// Runs until LOGOUT or until the connection is over. Throws nothing.
  void run() noexcept;

 private:
  enum class state { not_authenticated, authenticated, selected, logout };
  /// What the tagged answer may tell of the selected mailbox before itself.
  enum class news { none, no_expunge, all };
  using handler = void (imap_session::*)(arguments&);
  struct command_entry {
    std::string_view name;
    std::vector<state> states;
    handler run;
  };
  static const std::vector<command_entry>& command_table();

  // The frame around commands: imap_session.cpp.
  void serve();
  void greet();
  void one_command();
  void carry_out(const command_text& text);
  void dispatch(arguments& args);
  void look_for_slips(const arguments& args);
  [[noreturn]] void say_goodbye();
  /// True when a field quirk took the place of the answer.
  bool turned_away();
  [[nodiscard]] command_seen look_at(const command_text& text) const;
  void after_wake();
  void update_deadline();

  // What goes out: responses.cpp.
  void send(std::string_view octets) { channel_.write(octets); }
  /// Every response begins and ends with these two.
  void begin_response();
  void end_response();
  void untagged(std::string_view text);
  /// "* OK [code] text" unless the personality leaves that code out (XIMAP-V0048).
  void untagged_code(std::string_view code, std::string_view value, std::string_view text);
  /// "[code] text" or "text".
  [[nodiscard]] std::string with_code(std::string_view code, std::string_view text) const;
  void finish(std::string_view condition, std::string_view text);
  /// The quirk if it is switched on for this command; the command counts as having shown it.
  const quirk_use* quirk(field_quirk which);
  /// The same for a quirk of single messages.
  const quirk_use* quirk(field_quirk which, std::uint32_t uid);
  [[nodiscard]] std::string name_text(std::string_view utf8);
  void list_response(std::string_view word, std::string_view attributes, std::string_view utf8);
  void ok(std::string_view text) { finish("OK", text); }
  void no(std::string_view text) { finish("NO", text); }
  void bad(std::string_view text) { finish("BAD", text); }
  /// What happened in the selected mailbox; throws mailbox_rebuilt.
  void tell_news(news how_much);
  [[nodiscard]] const personality& behaves() const { return shared_.behaves; }
  [[nodiscard]] mailbox_store& store() const { return *store_; }

  // Any state, and STARTTLS.
  void do_capability(arguments& args);
  void do_noop(arguments& args);
  void do_check(arguments& args);  ///< as NOOP (XIMAP-V0036)
  void do_logout(arguments& args);
  void do_starttls(arguments& args);
  void do_namespace(arguments& args);
  void do_idle(arguments& args);
  [[nodiscard]] std::string capabilities() const;

  // authentication.cpp
  void do_authenticate(arguments& args);
  void do_login(arguments& args);
  std::optional<std::string> read_sasl_response();
  void authenticated(const login_name& who, std::string_view text);
  void login_failed(refusal how, std::string_view text);

  // mailbox_commands.cpp
  void do_select(arguments& args) { open_mailbox(args, false); }
  void do_examine(arguments& args) { open_mailbox(args, true); }
  void open_mailbox(arguments& args, bool read_only);
  void do_list(arguments& args);
  void do_lsub(arguments& args);
  void do_status(arguments& args);
  void do_create(arguments& args);
  void do_delete(arguments& args);
  void do_rename(arguments& args);
  void do_subscribe(arguments& args);
  void do_unsubscribe(arguments& args);
  void do_close(arguments& args);
  /// UTF-8; throws bad_arguments when it is no modified UTF-7 (XIMAP-V0012).
  std::string mailbox_argument(arguments& args);
  std::optional<std::string> list_pattern(arguments& args);

  // message_commands.cpp
  void do_append(arguments& args);
  void do_expunge(arguments& args);
  void do_uid(arguments& args);
  void do_fetch(arguments& args) { fetch(args, false); }
  void do_search(arguments& args) { search(args, false); }
  void do_store(arguments& args) { change_flags(args, false); }
  void do_copy(arguments& args) { copy(args, false); }
  void change_flags(arguments& args, bool by_uid);
  void copy(arguments& args, bool by_uid);
  /// Drops flags that cannot be stored, or throws bad_arguments (XIMAP-2.3, XIMAP-V0005).
  flag_set storable(const flag_list& wanted) const;

  // fetch.cpp
  void fetch(arguments& args, bool by_uid);
  void fetch_one(message m, std::vector<fetch_item> items);
  bool mark_seen(message& m);
  void send_item(const message& m, const fetch_item& item, const std::string& octets);
  void send_text(const fetch_item& item, const std::string& octets);
  /// The octets as they are sent: 7-bit, regenerated or replaced by a placeholder.
  std::shared_ptr<const std::string> rendered(const message& m);
  /// True when it took the place of the answer.
  bool send_fault(const message& m, fetch_fault fault);
  [[nodiscard]] std::uint64_t reported_size(const message& m);

  // search.cpp
  void search(arguments& args, bool by_uid);

  service& shared_;
  channel& channel_;
  command_reader reader_;
  const std::uint64_t number_;
  std::function<std::string()> take_injected_;
  const time_point connected_;

  state state_ = state::not_authenticated;
  std::string user_;
  std::string principal_;
  mailbox_store* store_;
  loose_output loose_;
  std::set<std::string> tags_;  // XIMAP-V0001
  std::optional<selected_mailbox> selected_;
  int failures_ = 0;
  std::uint64_t commands_ = 0;
  bool idling_ = false;

  // Of the command in progress.
  std::string tag_;
  std::shared_ptr<const hooks> hooks_;
  std::string after_answer_;
  std::string line_;
  std::vector<field_quirks::active> quirks_;
  news news_ = news::all;
  bool owes_exists_ = false;  // of an EXPUNGE, to be told with the next command (XIMAP-V0055)
  bool refused_part_ = false;
};

}  // namespace outmap::exchange
