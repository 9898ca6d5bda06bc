#include "net/tls_context.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

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

// Verifies as a handshake does, save for the name; gives OpenSSL's verdict.
int verdict_on(const test::certificate& shown, X509_STORE* trusted) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
      BIO_new_mem_buf(shown.pem.data(), static_cast<int>(shown.pem.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> cert(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr),
                                                         &X509_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> chain(X509_STORE_CTX_new(),
                                                                              &X509_STORE_CTX_free);
  REQUIRE(X509_STORE_CTX_init(chain.get(), trusted, cert.get(), nullptr) == 1);
  X509_STORE_CTX_set_default(chain.get(), "ssl_server");
  X509_verify_cert(chain.get());
  return X509_STORE_CTX_get_error(chain.get());
}

// Gives a variable of the environment back as it was.
class environment {
 public:
  environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~environment() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

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

TEST_CASE("an authority of the system's bundle is trusted, and the bundle is loaded when one is looked for in vain") {
  const test::temp_dir folder;
  const test::certificate_authority own("own authority");
  const test::certificate_authority of_system("authority of the system");
  const test::certificate_authority stranger("authority of nobody");
  const environment bundle("SSL_CERT_FILE", folder.write("bundle.pem", of_system.pem()).string());
  const environment directory("SSL_CERT_DIR", folder.path().string());
  net::tls_options options;
  options.ca_file = folder.write("own.pem", own.pem());
  const auto context = net::make_tls_context(options);
  REQUIRE(context);
  auto* const trusted = SSL_CTX_get_cert_store((*context)->native_handle());
  const auto loaded = [trusted] { return sk_X509_OBJECT_num(X509_STORE_get0_objects(trusted)); };

  CHECK(verdict_on(own.issue(), trusted) == X509_V_OK);
  CHECK(loaded() == 1);
  CHECK(verdict_on(of_system.issue(), trusted) == X509_V_OK);
  CHECK(loaded() == 2);
  CHECK(verdict_on(stranger.issue(), trusted) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  CHECK(verdict_on(own.issue(), trusted) == X509_V_OK);
}

TEST_CASE("a system without a bundle trusts ca_file") {
  const test::temp_dir folder;
  const test::certificate_authority own;
  const test::certificate_authority stranger;
  const environment bundle("SSL_CERT_FILE", (folder / "none.pem").string());
  const environment directory("SSL_CERT_DIR", (folder / "none").string());
  net::tls_options options;
  options.ca_file = folder.write("own.pem", own.pem());
  const auto context = net::make_tls_context(options);
  REQUIRE(context);
  auto* const trusted = SSL_CTX_get_cert_store((*context)->native_handle());
  CHECK(verdict_on(stranger.issue(), trusted) != X509_V_OK);
  CHECK(verdict_on(own.issue(), trusted) == X509_V_OK);
}
