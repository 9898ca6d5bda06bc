#include "net/tls_context.hpp"

#include <asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <array>
#include <system_error>

namespace outmap::net {
namespace {

template <auto Free>
struct releaser {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using certificate = std::unique_ptr<X509, releaser<X509_free>>;
using memory_bio = std::unique_ptr<BIO, releaser<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string one_line(const X509_NAME* name) {
  const memory_bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(bio.get());
}

std::string time_text(const ASN1_TIME* time) {
  const memory_bio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  return text_of(bio.get());
}

std::string hex(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string digest_of(const X509* cert, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (X509_digest(cert, algorithm, out.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(out.data()), size};
}

// RFC 5929 4.1: the hash of the certificate's own signature, SHA-256 where that is MD5 or SHA-1.
std::string end_point_hash(const X509* cert) {
  int digest = NID_undef;
  OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest, nullptr);
  const EVP_MD* algorithm =
      digest == NID_undef || digest == NID_md5 || digest == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(digest);
  return digest_of(cert, algorithm != nullptr ? algorithm : EVP_sha256());
}

std::vector<std::string> names_of(const X509* cert) {
  std::vector<std::string> out;
  auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all); ++i) {
    const auto* name = sk_GENERAL_NAME_value(all, i);
    if (name->type == GEN_DNS) {
      out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      const auto* octets = ASN1_STRING_get0_data(name->d.iPAddress);
      const auto size = ASN1_STRING_length(name->d.iPAddress);
      if (size == 4) {
        asio::ip::address_v4::bytes_type b{octets[0], octets[1], octets[2], octets[3]};
        out.push_back(asio::ip::address_v4(b).to_string());
      } else if (size == 16) {
        asio::ip::address_v6::bytes_type b{};
        std::copy(octets, octets + 16, b.begin());
        out.push_back(asio::ip::address_v6(b).to_string());
      }
    }
  }
  GENERAL_NAMES_free(all);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}

void free_refused(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) { X509_free(static_cast<X509*>(held)); }

int refused_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_refused);
  return index;
}

// OpenSSL forgets the server's certificate when the verification fails, so it is kept beside the connection.
int keep_refused(int good, X509_STORE_CTX* chain) {
  auto* connection = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* cert = X509_STORE_CTX_get0_cert(chain);
  if (good == 1 || connection == nullptr || cert == nullptr || SSL_get_ex_data(connection, refused_index()) != nullptr)
    return good;
  if (X509_up_ref(cert) == 1 && SSL_set_ex_data(connection, refused_index(), cert) != 1) X509_free(cert);
  return good;
}

bool in_date(const X509* cert) { return X509_cmp_current_time(X509_get0_notAfter(cert)) > 0; }

// The system's bundle is one file of all authorities that takes longer to load than a handshake, so it is left until an
// issuer stands neither in ca_file nor in the system's folder, where each has a file of its own.
int find_issuer(X509** issuer, X509_STORE_CTX* chain, X509* cert) {
  const int found = X509_STORE_CTX_get1_issuer(issuer, chain, cert);
  auto* const store = X509_STORE_CTX_get0_store(chain);
  const bool complete = X509_STORE_get_get_issuer(store) != find_issuer;
  if (complete || found < 0 || (found == 1 && in_date(*issuer))) return found;
  if (found == 1) X509_free(*issuer);
  X509_STORE_set_get_issuer(store, X509_STORE_CTX_get1_issuer);
  auto* const files = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  if (files != nullptr) X509_LOOKUP_load_file(files, nullptr, X509_FILETYPE_DEFAULT);
  // There need not be such a file.
  ERR_clear_error();
  return X509_STORE_CTX_get1_issuer(issuer, chain, cert);
}

tls_facts facts_of(SSL* connection, const X509* cert) {
  tls_facts facts;
  facts.version = SSL_get_version(connection);
  if (const char* const cipher = SSL_get_cipher_name(connection)) facts.cipher = cipher;
  facts.subject = one_line(X509_get_subject_name(cert));
  facts.issuer = one_line(X509_get_issuer_name(cert));
  facts.names = names_of(cert);
  facts.not_before = time_text(X509_get0_notBefore(cert));
  facts.not_after = time_text(X509_get0_notAfter(cert));
  facts.fingerprint = hex(digest_of(cert, EVP_sha256()));
  facts.end_point_hash = end_point_hash(cert);
  return facts;
}

errc code_of(long verdict) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return errc::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return errc::certificate_not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return errc::certificate_wrong_host;
    default:
      return errc::certificate_untrusted;
  }
}

}  // namespace

result<std::unique_ptr<asio::ssl::context>> make_tls_context(const tls_options& options) {
  std::error_code problem;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (!options.ca_file.empty()) {
    context->load_verify_file(options.ca_file.string(), problem);
    if (problem) return fail(errc::config_invalid, "ca_file: " + options.ca_file.string() + ": " + problem.message());
  }
  // With a pinned fingerprint the comparison after the handshake is the only check, and nothing is sent before it.
  if (options.fingerprint.empty()) {
    if (SSL_CTX_set_default_verify_dir(context->native_handle()) != 1)
      return fail(errc::tls_failed, "the system's certificate store cannot be opened");
    X509_STORE_set_get_issuer(SSL_CTX_get_cert_store(context->native_handle()), find_issuer);
  }
  context->set_verify_mode(options.fingerprint.empty() ? asio::ssl::verify_peer : asio::ssl::verify_none, problem);
  if (problem) return fail(errc::tls_failed, problem.message());
  return context;
}

result<void> prepare(SSL* connection, const tls_options& options) {
  std::error_code not_an_address;
  const auto address = asio::ip::make_address(options.host, not_an_address);
  auto* rules = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set = not_an_address ? X509_VERIFY_PARAM_set1_host(rules, options.host.data(), options.host.size()) == 1 &&
                                        SSL_set_tlsext_host_name(connection, options.host.c_str()) == 1
                                  : X509_VERIFY_PARAM_set1_ip_asc(rules, address.to_string().c_str()) == 1;
  if (!set) return fail(errc::invalid_argument, "the host name cannot be verified: " + options.host);
  SSL_set_verify(connection, SSL_get_verify_mode(connection), keep_refused);
  return {};
}

error verification_error(SSL* connection, const tls_options& options, std::string_view failure) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK || !options.fingerprint.empty()) return error(errc::tls_failed, std::string(failure));
  error e(code_of(verdict), X509_verify_cert_error_string(verdict));
  const auto* const cert = static_cast<const X509*>(SSL_get_ex_data(connection, refused_index()));
  if (cert != nullptr) {
    if (e.code == errc::certificate_wrong_host)
      e.detail += ": wanted " + options.host + ", it names " + joined(names_of(cert));
    if (e.code == errc::certificate_expired) e.detail += " on " + time_text(X509_get0_notAfter(cert));
    if (e.code == errc::certificate_not_yet_valid) e.detail += ", only from " + time_text(X509_get0_notBefore(cert));
    e.detail += "; SHA-256 fingerprint " + hex(digest_of(cert, EVP_sha256()));
  }
  return e;
}

std::optional<tls_facts> read_refused(SSL* connection) {
  const auto* const cert = static_cast<const X509*>(SSL_get_ex_data(connection, refused_index()));
  return cert != nullptr ? std::optional(facts_of(connection, cert)) : std::nullopt;
}

result<tls_facts> read_facts(SSL* connection) {
  const certificate cert(SSL_get1_peer_certificate(connection));
  if (!cert) return fail(errc::tls_failed, "the server showed no certificate");
  return facts_of(connection, cert.get());
}

}  // namespace outmap::net
