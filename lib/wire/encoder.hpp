// Builds client lines to the letter of RFC 3501, as fragments that show where a continuation must be awaited.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/secret.hpp"
#include "outmap/types.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::wire {

/// Octets that may be sent in one go. Before the first octet of the next fragment a continuation request must have
/// come. The octets are wiped when the fragment is destroyed, moved from or overwritten, since they may hold a
/// secret.
struct fragment {
  std::string bytes;
  std::string trace;      ///< the same for the transcript: secrets replaced by "<secret>", a message by "<n octets>"

  fragment() = default;
  fragment(std::string octets, std::string shown);
  fragment(const fragment&) = default;
  fragment(fragment&& other) noexcept;
  fragment& operator=(fragment other) noexcept;
  ~fragment();
};

/// What an encoder made of one command: at least one fragment; the last ends in CRLF.
struct encoded_command {
  std::vector<fragment> fragments;
};

/// Longest quoted string; a longer value goes out as a literal (OIMAP-V0017).
inline constexpr std::size_t longest_quoted = 255;
/// Longest command line we send, well below Exchange's 10,240 (NTLM-PB3).
inline constexpr std::size_t longest_command = 8000;
/// Longest UID set of a command: tag, command word and item list have room beside it.
inline constexpr std::size_t longest_set = longest_command - 128;

/// Appends the parts of one command line. The first refusal sticks: the following calls do nothing and finish()
/// returns it (errc::unencodable). Refused: CR, LF, NUL and 8-bit octets anywhere but in a message literal
/// (OIMAP-V0013), other control characters outside strings, a malformed tag, atom, set or date, a line over
/// longest_command (the octets of literals do not count). No refusal repeats the value. Literals are synchronising:
/// a fragment ends in "{n}" CRLF and the next one begins with the n octets.
class encoder {
 public:
  explicit encoder(std::string_view tag);

  encoder& atom(std::string_view word);            ///< with the space before it
  encoder& raw(std::string_view text);             ///< fixed text of ours, with the space before it
  encoder& astring(std::string_view value);        ///< atom, quoted or literal, whichever fits
  encoder& string(std::string_view value);         ///< quoted or literal; "" for the empty string (OIMAP-V0012)
  encoder& secret_astring(const secret& value);    ///< as string(), never an atom; "<secret>" in the trace
  encoder& mailbox(const mailbox_name& name);      ///< astring of the wire form
  encoder& list_pattern(std::string_view pattern); ///< list-mailbox: % and * may stand in an atom
  encoder& set(const uid_set& uids);               ///< not the empty set
  encoder& set(std::string_view sequence_set);     ///< "1:*" and the like; checked against the grammar
  encoder& flags(const flag_set& flags);           ///< "(\Seen \Draft)"; keywords are refused (OIMAP-V0005)
  encoder& date_time(internal_date date);          ///< "17-Jul-1996 02:44:25 -0700" in quotes
  encoder& message_literal(std::string_view message);  ///< any octets but NUL and, by OIMAP-V0013, none over 127

  /// The command, once; a second call is refused.
  result<encoded_command> finish();

 private:
  encoder& append(std::string_view octets, std::string_view shown);
  encoder& append_string(std::string_view value, bool hidden);
  encoder& append_literal(std::string_view octets, std::string_view shown);
  encoder& refuse(std::string why);
  bool sendable(std::string_view value);

  encoded_command command_;
  std::size_t line_octets_ = 0;    // without those of literals
  bool refused_ = false;
  error refusal_;
};

/// "FLAGS"-style text of the system flags, in the order \Seen \Answered \Flagged \Deleted \Draft.
std::string system_flags_text(const flag_set& flags);

}  // namespace outmap::wire
