#include "bench/peers.hpp"

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::bench {

bool mbsync_peer::installed() { return test::find_program("mbsync").has_value(); }

mbsync_peer::mbsync_peer(const far_end& from, const std::filesystem::path& folder, bool with_fsync)
    : conf_(folder / "mbsyncrc") {
  std::filesystem::create_directories(folder / "mail");
  const auto mail = (folder / "mail").string();
  const std::string account = "IMAPAccount bench\nHost localhost\nPort " + std::to_string(from.port) + "\nUser " +
                              bench_user + "\nPass " + bench_password + "\nSSLType IMAPS\nCertificateFile " +
                              from.ca_file.string() + "\n\n";
  const std::string stores = "IMAPStore far\nAccount bench\n\nMaildirStore near\nPath " + mail + "/\nInbox " + mail +
                             "/INBOX\nSubFolders Verbatim\n\n";
  const std::string channel =
      "Channel bench\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nExpunge Near\nSync Pull\nSyncState *\n";
  test::write_file(conf_, std::string(with_fsync ? "" : "FSync no\n\n") + account + stores + channel);
}

std::optional<figures> openssl_drain(const workers& by, const far_end& from, const std::string& fetch,
                                     const std::filesystem::path& folder) {
  if (!test::find_program("openssl")) return std::nullopt;
  const auto commands = folder / "s_client-commands";
  test::write_file(commands, std::string("a1 LOGIN ") + bench_user + ' ' + bench_password +
                                 "\r\na2 SELECT INBOX\r\na3 " + fetch + "\r\na4 LOGOUT\r\n");
  return by.external(commands, {"openssl", "s_client", "-quiet", "-connect", "localhost:" + std::to_string(from.port),
                                "-CAfile", from.ca_file.string()});
}

}  // namespace outmap::bench
