#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace outmap::test {
namespace {

template <auto Free>
struct freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freer<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freer<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freer<BIO_free_all>>;
using bn_ptr = std::unique_ptr<BIGNUM, freer<BN_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freer<X509_EXTENSION_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, freer<GENERAL_NAMES_free>>;

void check(bool good, std::string_view what) {
  if (good) return;
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw std::runtime_error(std::string(what) + ": " + text.data());
}

key_ptr new_key() {
  key_ptr key(EVP_EC_gen("P-256"));
  check(key != nullptr, "EVP_EC_gen");
  return key;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* x) {
  const bio_ptr bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(bio.get(), x) == 1, "PEM_write_bio_X509");
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const bio_ptr bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "PEM_write_bio_PrivateKey");
  return text_of(bio.get());
}

std::string sha256_of(X509* x) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  check(X509_digest(x, EVP_sha256(), digest.data(), &size) == 1, "X509_digest");
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

void set_random_serial(X509* x) {
  const bn_ptr number(BN_new());
  check(number && BN_rand(number.get(), 126, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1, "BN_rand");
  check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x)) != nullptr, "BN_to_ASN1_INTEGER");
}

void set_name(X509_NAME* name, const std::string& common_name) {
  check(
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1,
      "X509_NAME_add_entry_by_txt");
}

void add_extension(X509* x, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  check(extension != nullptr, value);
  check(X509_add_ext(x, extension.get(), -1) == 1, "X509_add_ext");
}

// The names that OpenSSL can be told in text, and behind them the others.
void add_names(X509* x, X509* issuer, const certificate_request& what) {
  std::string names;
  for (const auto& name : what.subject_alt_names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(x, issuer, NID_subject_alt_name, names);
  if (what.raw_dns_names.empty()) return;
  names_ptr all(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr)));
  if (!all) all.reset(GENERAL_NAMES_new());
  for (const auto& name : what.raw_dns_names) {
    auto* const octets = ASN1_IA5STRING_new();
    auto* const entry = GENERAL_NAME_new();
    check(octets != nullptr && entry != nullptr, "GENERAL_NAME_new");
    check(ASN1_STRING_set(octets, name.data(), static_cast<int>(name.size())) == 1, "ASN1_STRING_set");
    GENERAL_NAME_set0_value(entry, GEN_DNS, octets);
    check(sk_GENERAL_NAME_push(all.get(), entry) > 0, "sk_GENERAL_NAME_push");
  }
  check(X509_add1_ext_i2d(x, NID_subject_alt_name, all.get(), 0, X509V3_ADD_REPLACE) == 1, "X509_add1_ext_i2d");
}

x509_ptr x509_of(const std::string& pem) {
  const bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  x509_ptr x(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  check(x != nullptr, "PEM_read_bio_X509");
  return x;
}

key_ptr key_of(const std::string& pem) {
  const bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  key_ptr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  check(key != nullptr, "PEM_read_bio_PrivateKey");
  return key;
}

x509_ptr blank(const std::string& common_name, EVP_PKEY* key, std::chrono::seconds from, std::chrono::seconds to) {
  x509_ptr x(X509_new());
  check(x && X509_set_version(x.get(), X509_VERSION_3) == 1, "X509_new");
  set_random_serial(x.get());
  X509_gmtime_adj(X509_getm_notBefore(x.get()), static_cast<long>(from.count()));
  X509_gmtime_adj(X509_getm_notAfter(x.get()), static_cast<long>(to.count()));
  set_name(X509_get_subject_name(x.get()), common_name);
  check(X509_set_pubkey(x.get(), key) == 1, "X509_set_pubkey");
  return x;
}

}  // namespace

struct certificate_authority::state {
  key_ptr key;
  x509_ptr x509;
  std::string pem;
};

certificate_authority::certificate_authority(const std::string& common_name) : state_(std::make_unique<state>()) {
  state_->key = new_key();
  state_->x509 = blank(common_name, state_->key.get(), -std::chrono::hours(24 * 365), std::chrono::hours(24 * 365));
  auto* x = state_->x509.get();
  check(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1, "X509_set_issuer_name");
  add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(x, x, NID_subject_key_identifier, "hash");
  check(X509_sign(x, state_->key.get(), EVP_sha256()) != 0, "X509_sign");
  state_->pem = pem_of(x);
}

certificate_authority::certificate_authority(const certificate& impostor) : state_(std::make_unique<state>()) {
  state_->key = key_of(impostor.key_pem);
  state_->x509 = x509_of(impostor.pem);
  state_->pem = impostor.pem;
}

certificate_authority::~certificate_authority() = default;
certificate_authority::certificate_authority(certificate_authority&&) noexcept = default;
certificate_authority& certificate_authority::operator=(certificate_authority&&) noexcept = default;

const std::string& certificate_authority::pem() const { return state_->pem; }

namespace {

// `issuer` and `signs` null: by itself.
certificate issued(const certificate_request& what, X509* issuer, EVP_PKEY* signs) {
  const auto key = new_key();
  const auto x = blank(what.common_name, key.get(), what.valid_from, what.valid_to);
  const bool alone = issuer == nullptr;
  if (alone) issuer = x.get();
  check(X509_set_issuer_name(x.get(), X509_get_subject_name(issuer)) == 1, "X509_set_issuer_name");
  add_names(x.get(), issuer, what);
  add_extension(x.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(x.get(), issuer, NID_ext_key_usage, what.purpose);
  add_extension(x.get(), issuer, NID_subject_key_identifier, "hash");
  if (!alone) add_extension(x.get(), issuer, NID_authority_key_identifier, "keyid:always");
  check(X509_sign(x.get(), alone ? key.get() : signs, EVP_sha256()) != 0, "X509_sign");
  return {pem_of(x.get()), pem_of(key.get()), sha256_of(x.get())};
}

}  // namespace

certificate certificate_authority::issue(const certificate_request& what) const {
  return issued(what, state_->x509.get(), state_->key.get());
}

certificate self_signed(const certificate_request& what) { return issued(what, nullptr, nullptr); }

std::unique_ptr<SSL_CTX, free_context> server_context(const certificate& own, const std::vector<std::string>& chain) {
  std::unique_ptr<SSL_CTX, free_context> out(SSL_CTX_new(TLS_server_method()));
  check(out != nullptr, "SSL_CTX_new");
  check(SSL_CTX_use_certificate(out.get(), x509_of(own.pem).get()) == 1, "SSL_CTX_use_certificate");
  check(SSL_CTX_use_PrivateKey(out.get(), key_of(own.key_pem).get()) == 1, "SSL_CTX_use_PrivateKey");
  for (const auto& pem : chain)
    check(SSL_CTX_add1_chain_cert(out.get(), x509_of(pem).get()) == 1, "SSL_CTX_add1_chain_cert");
  return out;
}

}  // namespace outmap::test
