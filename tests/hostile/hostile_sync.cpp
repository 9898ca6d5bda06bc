// Syncs the account of a hostile server and says how it ended and how much memory that took at most.
//   hostile_sync PORT CACHE       (LOGIN without TLS: the octets shall be cheap)
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "outmap/account.hpp"

namespace {

// Of this program alone: getrusage() also counts what the parent held when it forked.
std::uint64_t most_memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
  }
  return 0;
}

// Shows nothing and keeps nothing, as an app that only counts would.
class counting final : public outmap::observer {
 public:
  std::uint64_t told = 0;
  void on_alert(std::string_view) noexcept override { ++told; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  outmap::account_config account;
  account.host = "127.0.0.1";
  account.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  account.tls = outmap::tls_mode::none;
  account.user = "anna";
  account.password = outmap::secret("s3cret");
  account.auth.allowed = {outmap::mechanism::login};
  account.auth.plaintext = outmap::plaintext_policy::allowed;
  account.cache = argv[2];
  account.timeout = std::chrono::seconds(30);
  account.connections = 1;
  counting watch;
  std::string end;
  {
    outmap::account anna(account, &watch);
    const auto report = anna.sync();
    if (!report) {
      end = report.error().message();
    } else if (report->failure) {
      end = "failed: " + report->failure->message();
    } else {
      end = "done";
    }
  }
  std::cout << most_memory_kib() << ' ' << watch.told << ' ' << end << '\n';
}
