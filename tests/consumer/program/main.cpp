// What an embedder's first program looks like: only public headers, only the installed target.
#include <cstdio>
#include <string>

#include "outmap/config.hpp"
#include "outmap/error.hpp"
#include "outmap/version.hpp"

int main() {
  const std::string compiled = std::to_string(OUTMAP_VERSION_MAJOR) + "." + std::to_string(OUTMAP_VERSION_MINOR) +
                               "." + std::to_string(OUTMAP_VERSION_PATCH);
  if (compiled != outmap::version()) {
    std::fprintf(stderr, "headers of %s, library of %s\n", compiled.c_str(), outmap::version());
    return 1;
  }
  const auto account = outmap::account_from_url("imaps://ann@imap.example.org:1993");
  if (!account || account->host != "imap.example.org" || account->effective_port() != 1993) {
    std::fprintf(stderr, "the URL of an account is not understood\n");
    return 1;
  }
  if (outmap::account_from_url("imaps://ann:secret@imap.example.org")) {
    std::fprintf(stderr, "a password in a URL is accepted\n");
    return 1;
  }
  if (outmap::printable("\x1b[2J").find('\x1b') != std::string::npos) {
    std::fprintf(stderr, "printable() lets an escape through\n");
    return 1;
  }
  std::printf("outmap %s: %s\n", outmap::version(), outmap::printable(account->host).c_str());
  return 0;
}
