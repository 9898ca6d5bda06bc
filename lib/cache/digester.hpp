// SHA-256 over octets that come in pieces.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// One at a time: after finish() it begins anew. A failure inside OpenSSL shows at finish() as errc::internal.
class digester {
 public:
  digester();

  void update(std::string_view octets);
  result<digest> finish();
  /// update() and finish() in one, whatever was begun before is dropped.
  result<digest> of(std::string_view octets);

 private:
  struct free_algorithm {
    void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
  };
  struct free_context {
    void operator()(EVP_MD_CTX* ctx) const noexcept { EVP_MD_CTX_free(ctx); }
  };
  void restart();

  std::unique_ptr<EVP_MD, free_algorithm> algorithm_;
  std::unique_ptr<EVP_MD_CTX, free_context> context_;
  bool good_ = false;
};

}  // namespace outmap::cache
