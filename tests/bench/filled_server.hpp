// A Dovecot with mail in it, filled once.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bench/worker.hpp"
#include "interop/dovecot_server.hpp"
#include "support/temp_dir.hpp"

namespace outmap::bench {

/// What to fill it with: `per_mailbox` messages in each mailbox. `make` gets the mailbox's place in the list and the
/// message's number.
struct filling {
  std::string name;  ///< of the folder below the folder of kept stores
  std::vector<std::string> mailboxes = {"INBOX"};
  std::size_t per_mailbox = 0;
  std::function<std::string(std::size_t mailbox, std::size_t number)> make;
};

/// mdbox. `keep`: where filled stores stay from run to run; empty: thrown away with this object. Throws
/// std::runtime_error.
class filled_server {
 public:
  filled_server(const filling& what, const std::filesystem::path& keep);

  [[nodiscard]] const interop::dovecot_server& server() const { return server_; }
  [[nodiscard]] far_end end() const { return {server_.imaps_port(), server_.ca_file()}; }
  /// "Dovecot 2.3.19.1, mdbox, TLS_AES_256_GCM_SHA384, TLSv1.3, load average 0.3".
  [[nodiscard]] std::string facts() const;
  /// Appends in few large commands.
  void append(const std::string& mailbox, std::size_t count, const std::function<std::string(std::size_t)>& make) const;

 private:
  void fill(const filling& what) const;

  std::filesystem::path kept_;  // empty: the server's own folder
  interop::dovecot_server server_;
};

}  // namespace outmap::bench
