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

/// How RFC822.SIZE is made (XIMAP-V0006, XIMAP-V0045).
enum class size_rule { exact, stored_until_fetched };

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
  refusal unsupported_mechanism = refusal::bad;  ///< NTLM-2.2.1-05
  refusal wrong_password = refusal::no;          ///< NTLM-3.2.1.2-04
  refusal cancelled = refusal::no;               ///< NTLM-2.2.1-10
  empty_continuation first_continuation = empty_continuation::plus_space;
  std::chrono::milliseconds unauth_timeout{60'000};     ///< XIMAP-E0002; from connect, commands do not reset it
  std::chrono::milliseconds idle_timeout{30 * 60'000};  ///< XIMAP-V0015
  std::optional<int> max_tls_version;                   ///< XIMAP-V0060; TLS1_2_VERSION and the like of OpenSSL

  // Commands.
  std::size_t longest_command = 10'240;  ///< NTLM-PB3; the line without CRLF and without literals
  std::size_t largest_literal = std::size_t{64} << 20;
  bool ignore_invalid_args = false;  ///< XIMAP-2.3
  bool keywords = false;             ///< clients may define keywords (XIMAP-V0005: Exchange: no)

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
  bool select_codes = true;        ///< XIMAP-V0048: UIDNEXT, UNSEEN, PERMANENTFLAGS of SELECT
  bool push_flag_changes = false;  ///< XIMAP-V0046: Exchange never does

  [[nodiscard]] static personality exchange_2007();
  [[nodiscard]] static personality exchange_2010sp2();
  [[nodiscard]] static personality exchange_2016();
  /// Not Exchange: every mechanism, exact sizes, keywords, pushed flags: a plain RFC 3501 server for demos and tests.
  [[nodiscard]] static personality generic();
  /// "2007", "2010SP2", "2016", "generic"; nothing for another name.
  [[nodiscard]] static std::optional<personality> by_name(std::string_view name);
  [[nodiscard]] static std::vector<std::string> names();
};

}  // namespace outmap::exchange
