#include "certificates.hpp"

#include <array>
#include <ctime>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace outmap::exchange {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

constexpr long day = 24L * 60 * 60;

tl::unexpected<error> openssl_failure(std::string_view what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return fail(errc::tls_failed, std::string(what) + ": " + text.data());
}

/// Seconds from now.
struct validity {
  long from = -day;
  long until = 365 * day;
};

bool add_extension(X509* to, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(to, extension.get(), -1) == 1;
}

/// Everything but extensions and signature.
certificate_ptr blank_certificate(EVP_PKEY* key, const char* common_name, validity valid) {
  certificate_ptr made(X509_new());
  std::array<unsigned char, 8> serial{};
  if (made == nullptr || RAND_bytes(serial.data(), serial.size()) != 1) return nullptr;
  serial[0] = (serial[0] & 0x7f) | 1;  // positive and not zero, whatever the rest is
  std::unique_ptr<BIGNUM, freed_by<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
  X509_NAME* name = X509_get_subject_name(made.get());
  const bool good = number != nullptr && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made.get())) != nullptr &&
                    X509_gmtime_adj(X509_getm_notBefore(made.get()), valid.from) != nullptr &&
                    X509_gmtime_adj(X509_getm_notAfter(made.get()), valid.until) != nullptr &&
                    X509_set_pubkey(made.get(), key) == 1 &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0) == 1;
  return good ? std::move(made) : nullptr;
}

certificate_ptr make_ca(EVP_PKEY* key) {
  certificate_ptr ca = blank_certificate(key, "outmap-exchange test CA", {});
  if (ca == nullptr) return nullptr;
  const bool good = X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1 &&
                    add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") &&
                    add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
                    X509_sign(ca.get(), key, EVP_sha256()) > 0;
  return good ? std::move(ca) : nullptr;
}

certificate_ptr make_leaf(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key, certificate_fault fault) {
  validity valid;
  if (fault == certificate_fault::expired) valid = {-30 * day, -day};
  if (fault == certificate_fault::not_yet_valid) valid = {day, 30 * day};
  const bool elsewhere = fault == certificate_fault::wrong_host;
  const char* names = elsewhere ? "DNS:mail.other.example" : "DNS:localhost,IP:127.0.0.1";
  certificate_ptr leaf = blank_certificate(key, elsewhere ? "mail.other.example" : "localhost", valid);
  if (leaf == nullptr) return nullptr;
  const bool alone = fault == certificate_fault::self_signed;
  X509* issuer = alone ? leaf.get() : ca;
  const bool good = X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) == 1 &&
                    add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth") &&
                    add_extension(leaf.get(), issuer, NID_subject_alt_name, names) &&
                    X509_sign(leaf.get(), alone ? key : ca_key, EVP_sha256()) > 0;
  return good ? std::move(leaf) : nullptr;
}

std::string pem_of(X509* certificate) {
  const bio_ptr memory(BIO_new(BIO_s_mem()));
  if (memory == nullptr || PEM_write_bio_X509(memory.get(), certificate) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string sha256_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace

result<server_identity> make_identity(certificate_fault fault, int max_tls_version) {
  const key_ptr ca_key(EVP_EC_gen("P-256"));
  const key_ptr key(EVP_EC_gen("P-256"));
  if (ca_key == nullptr || key == nullptr) return openssl_failure("cannot make a key");
  const certificate_ptr ca = make_ca(ca_key.get());
  if (ca == nullptr) return openssl_failure("cannot make the CA certificate");
  const certificate_ptr leaf = make_leaf(key.get(), ca.get(), ca_key.get(), fault);
  if (leaf == nullptr) return openssl_failure("cannot make the server certificate");

  server_identity identity;
  identity.context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = identity.context.get();
  if (context == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_set_max_proto_version(context, max_tls_version) != 1) {
    return openssl_failure("cannot set up TLS");
  }
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
  identity.ca_pem = pem_of(ca.get());
  identity.fingerprint = sha256_of(leaf.get());
  return identity;
}

}  // namespace outmap::exchange
