// A link that breaks at a chosen octet.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outmap::test {

/// Listens on 127.0.0.1 and passes connections on to a port there, one after the other. The constructor throws
/// std::system_error. Its functions may be called from the thread that made it.
class cutting_proxy {
 public:
  static constexpr std::uint64_t never = UINT64_MAX;

  explicit cutting_proxy(std::uint16_t to);
  ~cutting_proxy();
  cutting_proxy(const cutting_proxy&) = delete;
  cutting_proxy& operator=(const cutting_proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// The next connection breaks, both ways, when so many octets of the client or of the server were passed on. What
  /// was passed on arrives. Later connections do not break.
  void cut_next_after(std::uint64_t of_client, std::uint64_t of_server);
  /// The next connection breaks when the client has said one of these words and so many octets of the server have been
  /// passed on after that; what the client says must not be encrypted.
  void cut_next_behind(std::vector<std::string> words, std::uint64_t of_server);
  /// From there on the next connection passes on nothing more and stays open, until the client closes it.
  void stall_next_after(std::uint64_t of_client, std::uint64_t of_server);
  /// What the last connection that ended has passed on; waits for its end.
  struct passed {
    std::uint64_t of_client = 0;
    std::uint64_t of_server = 0;
  };
  passed last();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::test
