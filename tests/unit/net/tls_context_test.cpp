#include "net/tls_context.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace outmap;

namespace {

using raw_context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using raw_connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

std::vector<std::string> names_in(const STACK_OF(SSL_CIPHER) * ciphers) {
  std::vector<std::string> out;
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i)
    out.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
  return out;
}

// What stands in the ClientHello: the configured suites that the versions in force can use.
std::vector<std::string> offered(SSL* connection) {
  auto* const ciphers = SSL_get1_supported_ciphers(connection);
  auto out = names_in(ciphers);
  sk_SSL_CIPHER_free(ciphers);
  return out;
}

}  // namespace

TEST_CASE("OIMAP-V0074 OIMAP-V0073 OIMAP-2.1.7 the cipher suites are those of the TLS library, in its order") {
  const auto ours = net::make_tls_context({});
  REQUIRE(ours);
  const raw_context untouched(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  REQUIRE(untouched);
  CHECK(names_in(SSL_CTX_get_ciphers((*ours)->native_handle())) == names_in(SSL_CTX_get_ciphers(untouched.get())));

  // The same is true of what a connection offers, once it does not offer versions before 1.2 either.
  REQUIRE(SSL_CTX_set_min_proto_version(untouched.get(), TLS1_2_VERSION) == 1);
  net::tls_options options;
  options.host = "localhost";
  const raw_connection connection(SSL_new((*ours)->native_handle()), &SSL_free);
  const raw_connection plain(SSL_new(untouched.get()), &SSL_free);
  REQUIRE(net::prepare(connection.get(), options));
  CHECK_FALSE(offered(connection.get()).empty());
  CHECK(offered(connection.get()) == offered(plain.get()));
}
