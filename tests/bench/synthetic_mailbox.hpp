// The formula of the synthetic server's mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::bench {

/// UIDs from `first` to `last`, both included.
struct uid_span {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// The spans of a set as UID FETCH has it ("1:5,9,20:*"), cut to 1..`highest`; empty when it is no set.
std::vector<uid_span> parse_uid_set(std::string_view text, std::uint32_t highest);

/// What a mailbox looks like to one connection. `thinned`: every tenth message is gone.
class synthetic_mailbox {
 public:
  synthetic_mailbox(std::string name, std::uint32_t messages, std::size_t body_octets)
      : name_(std::move(name)), messages_(messages), body_octets_(body_octets) {}

  [[nodiscard]] std::uint32_t exists(bool thinned) const { return thinned ? messages_ - messages_ / 10 : messages_; }
  [[nodiscard]] std::uint32_t highest_uid() const { return messages_; }
  [[nodiscard]] static bool there(std::uint32_t uid, bool thinned) { return !thinned || uid % 10 != 0; }

  /// Appends `* n FETCH (…` with what `items` asks for: FLAGS, RFC822.SIZE, INTERNALDATE, BODY.PEEK[HEADER],
  /// BODY.PEEK[]. Gives how many octets of filler the body still lacks; after them comes fetch_end.
  std::size_t begin_fetch(std::string& out, std::uint32_t uid, bool thinned, std::string_view items) const;
  static constexpr std::string_view fetch_end = ")\r\n";
  /// Appends `octets` of it; `already` have gone out before.
  static void append_filler(std::string& out, std::size_t octets, std::size_t already);
  /// Appends the response that tells of one message fewer; those before it are gone already.
  static void expunge(std::string& out, std::uint32_t uid);

 private:
  [[nodiscard]] std::string header(std::uint32_t uid) const;

  std::string name_;
  std::uint32_t messages_;
  std::size_t body_octets_;
};

}  // namespace outmap::bench
