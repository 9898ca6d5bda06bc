// A transport that plays a transcript: the double of a server whose every octet is known.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport.hpp"

namespace outmap::test {

/// One line of a transcript. Client lines are matched, server lines are sent. "{name}" at the start of a client line
/// stands for a tag and is bound there; in server lines it is replaced.
struct transcript_line {
  bool client = false;
  std::string text;
};

/// Reads "C: …" and "S: …" lines; "#" starts a remark; "S: " lines end in CRLF, "S- " lines do not. "\r", "\n" and
/// "\xNN" are unescaped. Fails the running test on anything else.
std::vector<transcript_line> read_transcript(std::string_view text);

struct play_options {
  std::size_t chunk = 65536;          ///< most octets a read gives
  std::size_t cut_before = SIZE_MAX;  ///< the connection is lost before this line
};

/// Single-threaded; every operation completes at once.
class scripted_transport final : public net::transport {
 public:
  scripted_transport(std::vector<transcript_line> script, play_options how) : script_(std::move(script)), how_(how) {}
  ~scripted_transport() override { progress_->to_end = played_to_end(); }

  asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override;
  asio::awaitable<result<void>> write(std::string_view octets) override;
  asio::awaitable<result<void>> start_tls(const net::tls_options&) override { co_return result<void>{}; }
  [[nodiscard]] const net::tls_facts* tls() const override { return nullptr; }
  [[nodiscard]] std::string peer() const override { return "script"; }
  void close() noexcept override { closed_ = true; }

  /// How far the script has come; outlives the transport.
  struct progress {
    std::string mismatch;  ///< the first client line that was not what the script says, or empty
    bool to_end = false;   ///< known when the transport has gone
  };
  [[nodiscard]] std::shared_ptr<const progress> watched() const { return progress_; }
  [[nodiscard]] const std::string& mismatch() const { return progress_->mismatch; }
  [[nodiscard]] bool played_to_end() const { return at_ == script_.size() && sent_.empty(); }

 private:
  void advance();
  bool match(const std::string& expected, const std::string& got);
  std::string with_tags(std::string text) const;

  std::vector<transcript_line> script_;
  play_options how_;
  std::size_t at_ = 0;
  std::string received_;  // from the client, not matched yet
  std::string sent_;      // to the client, not read yet
  std::vector<std::pair<std::string, std::string>> tags_;
  std::shared_ptr<progress> progress_ = std::make_shared<progress>();
  bool closed_ = false;
};

}  // namespace outmap::test
