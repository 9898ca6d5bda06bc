// What one Exchange version does differently from plain RFC 3501. Each field names the row it comes from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::exchange {

/// When an EXISTS goes out that belongs to a command (XIMAP-V0035, XIMAP-V0055).
enum class exists_timing { before_ok, after_ok, next_command };

/// Which characters of a mailbox name force a literal (XIMAP-V0009, XIMAP-V0033).
enum class name_literals { backslash, backslash_and_quote };

/// Which condition answers a case for which the documents know both.
enum class refusal { no, bad };

/// Form of the continuation request that opens an AUTHENTICATE (NTLM-2.2.1-04).
enum class empty_continuation { plus_space, plus, plus_text };

/// How RFC822.SIZE is made (XIMAP-V0006, XIMAP-V0045). `exact` is what the administrator's setting
/// EnableExactRFC822Size brings about (NTLM-PB5).
enum class size_rule { exact, stored_until_fetched };

/// Which commands get a continuation request for a literal (XIMAP-V0058).
enum class literal_requests { all, not_uid_search, not_any_search };

struct personality {
  std::string name;
  std::string greeting = "The Microsoft Exchange IMAP4 service is ready.";

  // What CAPABILITY lists.
  std::vector<std::string> base_capabilities = {"IMAP4", "IMAP4rev1"};
  std::vector<std::string> mechanisms;  ///< AUTH= words in order (XIMAP-E0003)
  std::vector<std::string> extensions = {"IDLE", "NAMESPACE", "LITERAL+"};
  bool starttls = true;
  bool login_disabled_plain = true;  ///< XIMAP-2.1.4
  bool login_disabled_tls = false;   ///< XIMAP-2.1.4

  // Authentication.
  bool allow_plaintext_insecure = false;         ///< XIMAP-V0022, XIMAP-V0025
  int failures_before_drop = 4;                  ///< XIMAP-V0061; 0: never
  bool drop_at_next_attempt = false;             ///< XIMAP-V0061, the other reading: the attempt after those is cut off
  refusal unsupported_mechanism = refusal::bad;  ///< NTLM-2.2.1-05
  refusal wrong_password = refusal::no;          ///< NTLM-3.2.1.2-04
  refusal cancelled = refusal::no;               ///< NTLM-2.2.1-10
  empty_continuation first_continuation = empty_continuation::plus_space;
  std::chrono::milliseconds unauth_timeout{60'000};     ///< XIMAP-E0002; from connect, commands do not reset it
  std::chrono::milliseconds idle_timeout{30 * 60'000};  ///< XIMAP-V0015
  bool bye_on_idle_timeout = true;
  std::optional<int> max_tls_version;  ///< XIMAP-V0060; TLS1_2_VERSION and the like of OpenSSL

  // Commands.
  std::size_t longest_command = 10'240;  ///< NTLM-PB3; the line without CRLF and without literals
  std::size_t largest_literal = std::size_t{64} << 20;
  bool ignore_invalid_args = false;  ///< XIMAP-2.3
  bool lenient_commands = true;      ///< XIMAP-2.1.5: some slips of the grammar are let pass, and logged
  literal_requests asks_for_literals = literal_requests::all;
  std::vector<std::string> search_charsets = {"US-ASCII"};  ///< XIMAP-V0037
  std::size_t deepest_search = 10;                          ///< XIMAP-V0043: levels of parentheses
  bool keywords = false;                                    ///< clients may define keywords (XIMAP-V0005: Exchange: no)

  // Responses.
  bool loose_responses = false;  ///< XIMAP-2.1.5: some responses break the ABNF, which ones is drawn by loose_seed
  std::uint32_t loose_seed = 2007;
  bool unescaped_quotes = false;  ///< XIMAP-V0009: a double quote inside a quoted name is not escaped
  /// XIMAP-V0048: response codes that are not sent: "UNSEEN", "PERMANENTFLAGS", "UIDNEXT", "UIDVALIDITY", "READ-WRITE",
  /// "READ-ONLY", "TRYCREATE", "BADCHARSET".
  std::vector<std::string> omitted_codes;

  // Mailboxes.
  name_literals literals = name_literals::backslash_and_quote;
  bool names_ignore_case = true;      ///< XIMAP-V0008
  std::size_t deepest_name = 31;      ///< XIMAP-C0002
  std::size_t longest_name = 250;     ///< XIMAP-C0003; characters of the whole path
  bool rename_delimiter = false;      ///< XIMAP-V0028: a '/' in RENAME's new name is allowed
  bool subscribe_checks = false;      ///< XIMAP-V0029
  bool bare_reference_lists = false;  ///< XIMAP-V0031: a reference without final '/' matches anything
  bool lsub_drops_attributes = true;  ///< XIMAP-V0034

  // Messages.
  size_rule sizes = size_rule::stored_until_fetched;
  exists_timing append_exists = exists_timing::before_ok;
  exists_timing expunge_exists = exists_timing::before_ok;
  bool select_codes = true;        ///< XIMAP-V0048: UIDNEXT, UNSEEN, PERMANENTFLAGS of SELECT, all at once
  bool push_flag_changes = false;  ///< XIMAP-V0046: Exchange never does
  bool revise_keeps_uid = false;   ///< XIMAP-2.1.3 in its older wording; for scripted revisions
  bool seven_bit = true;           ///< XIMAP-V0007: what holds octets over 127 is sent in a 7-bit encoding
  bool regenerates_mime = false;   ///< NTLM-PB9: boundaries and the order of parts change with each retrieval
  bool nil_for_empty = true;       ///< XIMAP-V0057: an empty Subject and the like are NIL in ENVELOPE

  /// LOGIN and PLAIN also on a connection without TLS.
  void take_passwords_without_tls();

  /// Not covered by [MS-STANXIMAP]: as 2007, but for what [MS-OXIMAP4] says of it (NTLM-PB6, NTLM-PB9, NTLM-6-01).
  [[nodiscard]] static personality exchange_2003();
  [[nodiscard]] static personality exchange_2007();
  [[nodiscard]] static personality exchange_2010();  ///< 2010 and 2010 SP1
  [[nodiscard]] static personality exchange_2010sp2();
  [[nodiscard]] static personality exchange_2013();
  [[nodiscard]] static personality exchange_2016();
  [[nodiscard]] static personality exchange_2019();
  /// Not Exchange: every mechanism, exact sizes, keywords, pushed flags: a plain RFC 3501 server for demos and tests.
  [[nodiscard]] static personality generic();
  /// "2003", "2007", "2010", "2010SP2", "2013", "2016", "2019", "generic", in any case; nothing for another.
  [[nodiscard]] static std::optional<personality> by_name(std::string_view name);
  [[nodiscard]] static std::vector<std::string> names();

  /// Whether that response code may be sent.
  [[nodiscard]] bool sends_code(std::string_view code) const;
};

}  // namespace outmap::exchange
