#include "auth/legacy_crypto.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <string>
#include <utility>

namespace outmap::auth {
namespace {

tl::unexpected<error> refused(const char* what) {
  // Nothing of ours may stay in the thread's error queue, where the embedding program would find it.
  ERR_clear_error();
  return fail(errc::mechanism_failed, std::string("NTLM: OpenSSL refuses ") + what);
}

}  // namespace

struct legacy_crypto::context {
  OSSL_LIB_CTX* library = nullptr;
  OSSL_PROVIDER* provider = nullptr;
  EVP_CIPHER* des_ecb = nullptr;

  context() = default;
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context() {
    EVP_CIPHER_free(des_ecb);
    if (provider != nullptr) OSSL_PROVIDER_unload(provider);
    OSSL_LIB_CTX_free(library);
  }
};

legacy_crypto::legacy_crypto(std::unique_ptr<context> c) : context_(std::move(c)) {}
legacy_crypto::legacy_crypto(legacy_crypto&&) noexcept = default;
legacy_crypto& legacy_crypto::operator=(legacy_crypto&&) noexcept = default;
legacy_crypto::~legacy_crypto() = default;

result<legacy_crypto> legacy_crypto::open(const char* provider) {
  auto c = std::make_unique<context>();
  c->library = OSSL_LIB_CTX_new();
  if (c->library == nullptr) return refused("a library context");
  c->provider = OSSL_PROVIDER_load(c->library, provider);
  if (c->provider == nullptr) {
    ERR_clear_error();
    return fail(errc::mechanism_failed,
                std::string("NTLM: OpenSSL cannot load its provider \"") + provider + "\", which holds MD4 and DES");
  }
  c->des_ecb = EVP_CIPHER_fetch(c->library, "DES-ECB", nullptr);
  if (c->des_ecb == nullptr) return refused("DES");
  return legacy_crypto(std::move(c));
}

result<wiped_octets<16>> legacy_crypto::md4(std::string_view octets) const {
  wiped_octets<16> digest;
  std::size_t length = 0;
  if (EVP_Q_digest(context_->library, "MD4", nullptr, octets.data(), octets.size(), digest.data(), &length) != 1 ||
      length != digest.size()) {
    return refused("MD4");
  }
  return digest;
}

result<std::array<unsigned char, 8>> legacy_crypto::des(std::string_view key_7_octets,
                                                        const std::array<unsigned char, 8>& block) const {
  if (key_7_octets.size() != 7) return fail(errc::invalid_argument, "DES: the key has not 7 octets");
  // Seven key bits to an octet, the lowest bit left for the parity that nobody checks.
  wiped_octets<8> key;
  unsigned carried = 0;
  for (unsigned i = 0; i < 7; ++i) {
    const unsigned octet = static_cast<unsigned char>(key_7_octets[i]);
    key.data()[i] = static_cast<unsigned char>((carried << (8U - i)) | ((octet >> (i + 1U)) << 1U));
    carried = octet & ((1U << (i + 1U)) - 1U);
  }
  key.data()[7] = static_cast<unsigned char>(carried << 1U);

  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher(EVP_CIPHER_CTX_new(),
                                                                               &EVP_CIPHER_CTX_free);
  std::array<unsigned char, 8> out{};
  int length = 0;
  if (!cipher || EVP_EncryptInit_ex2(cipher.get(), context_->des_ecb, key.data(), nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(cipher.get(), 0) != 1 ||
      EVP_EncryptUpdate(cipher.get(), out.data(), &length, block.data(), static_cast<int>(block.size())) != 1 ||
      length != static_cast<int>(out.size())) {
    return refused("DES");
  }
  return out;
}

}  // namespace outmap::auth
