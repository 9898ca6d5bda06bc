// A listing in pages, and what a page says in few octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/digester.hpp"
#include "cache/records.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::cache {

/// A page is 32 UIDs in a row.
inline constexpr std::size_t page_uids = 32;
constexpr std::uint32_t page_of(outmap::uid which) { return which.value >> 5; }
constexpr outmap::uid first_of(std::uint32_t page) { return {page << 5}; }
constexpr outmap::uid last_of(std::uint32_t page) { return {(page << 5) | 31u}; }

/// Which of the UIDs of a page are there, and with which flags: spelled out, so that a page that has changed is compared
/// with what it was and no row of it is read; or, where keywords are among the flags, as a digest, so that no server
/// decides how large this is. Two pages that say the same have the same form, and no others.
class page_form {
 public:
  static constexpr std::size_t most_octets = 37;

  /// As octets() gave it; nothing for octets that are no form.
  static std::optional<page_form> from(std::string_view stored);
  [[nodiscard]] std::string_view octets() const { return {octets_.data(), size_}; }

  [[nodiscard]] bool is_spelled_out() const;
  /// The messages of a form that is spelled out, ascending, complete with header and body. `page` is its number.
  [[nodiscard]] std::vector<message_state> messages(std::uint32_t page) const;
  /// The flags of a message of this page; nothing if it is not there or the form is a digest.
  [[nodiscard]] std::optional<flag_set> flags_of(uid which) const;
  /// The form once the message has these flags; nothing if it is not there or either of them cannot be spelled out.
  [[nodiscard]] std::optional<page_form> with_flags(uid which, const flag_set& flags) const;
  /// The form once the message, of which flags_of() knows, is gone; nothing if it was the last.
  [[nodiscard]] std::optional<page_form> without(uid which) const;

  friend bool operator==(const page_form&, const page_form&) = default;

 private:
  friend class page_former;
  page_form() = default;
  [[nodiscard]] std::optional<std::size_t> place_of(uid which) const;

  // A letter for the kind; then which UIDs, the lowest bit for the first, and an octet of flags for each, or a digest.
  std::array<char, most_octets> octets_{};
  std::uint8_t size_ = 0;
};

/// The cached messages of the page are as in a listing of this form, complete with headers and bodies.
struct listed_page {
  std::uint32_t page = 0;
  page_form form;
};

/// Takes the messages of one page, ascending, each UID once.
class page_former {
 public:
  void add(uid which, const flag_set& flags);
  /// Begins anew. Errors: internal (OpenSSL).
  result<page_form> finish();

 private:
  std::uint32_t there_ = 0;
  std::array<char, page_uids> flags_{};
  std::size_t count_ = 0;
  bool keywords_ = false;
  std::string names_;  // the keywords of each message, and LF, which is in none
  std::optional<digester> digester_;
};

}  // namespace outmap::cache
