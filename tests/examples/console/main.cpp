// Brings a mailbox up to date and prints the newest subjects: newest URL CACHE [CA-FILE], password in OUTMAP_PASSWORD.
#include <cstdlib>
#include <iostream>
#include <vector>

#include "outmap/account.hpp"
#include "outmap/store.hpp"

int failed(const outmap::error& why) {
  std::cerr << outmap::printable(why.message()) << ": " << outmap::advice(why.code) << '\n';
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "usage: newest URL CACHE [CA-FILE]\n", 2;
  auto config = outmap::account_from_url(argv[1]);
  if (!config) return failed(config.error());
  if (const char* password = std::getenv("OUTMAP_PASSWORD")) config->password = outmap::secret(password);
  config->cache = argv[2];
  if (argc > 3) config->ca_file = argv[3];
  outmap::account account(*config);
  outmap::sync_options inbox;
  inbox.include = {"INBOX"};
  const auto report = account.sync(inbox);
  if (!report) return failed(report.error());
  if (report->failure) failed(*report->failure);  // what came before is there

  auto mail = outmap::store::open(config->cache);
  if (!mail) return failed(mail.error());
  const auto folder = mail->folder("INBOX");
  if (!folder) return failed(folder.error());
  std::vector<outmap::uid> all;
  const auto read = mail->messages(folder->mailbox, [&](const outmap::stored_message& m) {
    all.push_back(m.uid);
    return true;
  });
  if (!read) return failed(read.error());
  for (std::size_t i = all.size() > 10 ? all.size() - 10 : 0; i < all.size(); ++i) {
    const auto header = mail->header(folder->mailbox, all[i]);
    if (header) std::cout << outmap::printable(outmap::summarize(*header).subject) << '\n';
  }
  return report->failure ? 1 : 0;
}
