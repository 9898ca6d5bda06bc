// Takes a command apart by the grammar of RFC 3501 section 9, with Exchange's rule on spaces (XIMAP-2.1.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command_reader.hpp"
#include "outmap/types.hpp"

namespace outmap::exchange {

/// Thrown for a command that breaks the grammar; the answer is a tagged BAD with this text.
struct bad_arguments {
  std::string text;
};

/// One element of a sequence-set; 0 stands for '*'.
struct sequence_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
using sequence_set = std::vector<sequence_range>;

/// "+FLAGS.SILENT (\Seen)": \Recent and unknown backslash flags are in `unknown`.
struct flag_list {
  flag_set flags;
  std::vector<std::string> unknown;
};

/// One item of a FETCH, as asked: section and partial only where the item has them.
struct fetch_item {
  std::string name;                    ///< upper case, without section: "BODY", "BODY.PEEK", "RFC822.SIZE", …
  std::optional<std::string> section;  ///< upper case; "" for BODY[]
  std::vector<std::string> fields;     ///< of HEADER.FIELDS and HEADER.FIELDS.NOT, as written
  struct window {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  std::optional<window> partial;
};

/// A cursor over one command. Each member takes its element and throws bad_arguments when it is not there.
class arguments {
 public:
  /// `lenient`: some breaches of the grammar pass and are noted (XIMAP-2.1.5).
  explicit arguments(const command_text& command, bool lenient = false)
      : line_(command.line), literals_(command.literals), lenient_(lenient) {}

  /// What passed although it should not have.
  [[nodiscard]] const std::vector<std::string>& slips() const { return slips_; }

  std::string tag();
  /// The gap before the command word and the word in upper case; a TAB may stand before and after it.
  std::string command();
  /// Exactly one space.
  void space();
  /// Nothing may follow.
  void end();
  [[nodiscard]] bool at_end() const { return at_ == line_.size(); }
  [[nodiscard]] bool next_is(char c) const { return at_ < line_.size() && line_[at_] == c; }
  /// Takes `c` if it comes next.
  bool take(char c);

  std::string atom();
  std::string astring();
  std::string list_mailbox();
  std::string literal();
  std::uint32_t number();
  sequence_set set();
  flag_list flags();
  /// The flag list of APPEND; a lenient reader takes one without parentheses.
  [[nodiscard]] bool next_is_flags() const { return next_is('(') || (lenient_ && next_is('\\')); }
  /// With or without the parentheses, as STORE allows.
  flag_list store_flags();
  internal_date date_time();
  /// The date of a search key, with or without quotes: days since 1970-01-01.
  std::int64_t date();
  /// What stands ahead up to the next space or parenthesis, in upper case, without taking it.
  [[nodiscard]] std::string next_word() const;
  std::vector<fetch_item> fetch_items();
  std::vector<std::string> status_items();

 private:
  [[nodiscard]] bool next_is_literal() const { return next_is('{'); }
  std::string quoted();
  std::string run(bool (*allowed)(char));
  /// Lenient: notes the breach and goes on; else throws.
  void slip(const char* what);
  std::vector<std::string> field_names();
  std::uint32_t set_number();
  void one_flag(flag_list& to);
  fetch_item one_fetch_item();

  std::string_view line_;
  const std::vector<std::string>& literals_;
  std::size_t at_ = 0;
  std::size_t next_literal_ = 0;
  bool beside_command_ = false;  // the next gap may be a TAB
  bool lenient_;
  std::vector<std::string> slips_;
};

}  // namespace outmap::exchange
