// Other programs at the same work.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "bench/worker.hpp"

namespace outmap::bench {

/// A Maildir that mbsync (isync) keeps in step with a server, one way: new messages, flags, expunges. All its settings
/// but FSync are its defaults.
class mbsync_peer {
 public:
  static bool installed();

  /// `folder` is new and belongs to this object's work; it stays behind.
  mbsync_peer(const far_end& from, const std::filesystem::path& folder, bool with_fsync);

  [[nodiscard]] figures run(const workers& by) const {
    return by.external({}, {"mbsync", "-q", "-a", "-c", conf_.string()});
  }

 private:
  std::filesystem::path conf_;
};

/// `openssl s_client` with `fetch` piped into it and the answer thrown away: the CPU that TLS alone takes. `folder` is
/// for a file of commands. Nothing when openssl is not installed.
std::optional<figures> openssl_drain(const workers& by, const far_end& from, const std::string& fetch,
                                     const std::filesystem::path& folder);

}  // namespace outmap::bench
