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

/// Octets that may be sent in one go. Before the first octet of the next fragment a continuation request must have come.
/// Wiped when destroyed if it holds a secret.
struct fragment {
  std::string bytes;
  std::string trace;      ///< the same for the transcript: secrets replaced by "<secret>"
  bool holds_secret = false;

  fragment() = default;
  fragment(std::string sent, std::string shown, bool is_secret = false)
      : bytes(std::move(sent)), trace(std::move(shown)), holds_secret(is_secret) {}
  fragment(fragment&&) = default;
  fragment& operator=(fragment&&) = default;
  fragment(const fragment&) = default;
  fragment& operator=(const fragment&) = default;
  ~fragment() {
    if (holds_secret) wipe(bytes);
  }
};

/// What an encoder made of one command: at least one fragment; the last ends in CRLF.
struct encoded_command {
  std::vector<fragment> fragments;
};

/// Longest quoted string; a longer value goes out as a literal (OIMAP-V0017).
inline constexpr std::size_t longest_quoted = 255;
/// Longest command line we send, well below Exchange's 10,240 (NTLM-PB3).
inline constexpr std::size_t longest_command = 8000;

/// Appends the parts of one command line. The first refusal sticks: the following calls do nothing and finish() returns
/// it (errc::unencodable). Refused: CR, LF, NUL and 8-bit octets anywhere but in a message literal (OIMAP-V0013), a
/// malformed atom, a line over longest_command.
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
  encoder& set(const uid_set& uids);
  encoder& set(std::string_view sequence_set);     ///< "1:*" and the like; checked against the grammar
  encoder& flags(const flag_set& flags);           ///< "(\Seen \Draft)"; keywords are refused (OIMAP-V0005)
  encoder& date_time(internal_date date);          ///< "17-Jul-1996 02:44:25 -0700" in quotes
  encoder& message_literal(std::string_view message);  ///< any octets but NUL and, by OIMAP-V0013, none over 127

  result<encoded_command> finish();

 private:
  void put(std::string_view text) { put(text, text); }
  void put(std::string_view bytes, std::string_view trace);
  void put_literal(std::string_view octets, std::string_view trace);
  void put_quoted(std::string_view value, bool hidden);
  void put_string(std::string_view value, bool hidden);
  void refuse(std::string why);
  bool sendable(std::string_view value, const char* what);

  encoded_command out_;
  std::size_t line_octets_ = 0;   // of the command line so far, without literals
  std::optional<error> refusal_;
};

/// "FLAGS"-style text of the system flags, in the order \Seen \Answered \Flagged \Deleted \Draft.
std::string system_flags_text(const flag_set& flags);

}  // namespace outmap::wire
