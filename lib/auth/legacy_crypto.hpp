// MD4 and single DES, which OpenSSL 3 keeps in its legacy provider.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "auth/wiped_octets.hpp"
#include "outmap/error.hpp"

namespace outmap::auth {

/// The legacy provider in a library context of its own: neither the default context nor any other code in the process
/// sees it. Movable; usable from one thread at a time.
class legacy_crypto {
 public:
  /// Error mechanism_failed when OpenSSL cannot load the provider. `provider` is there for the test of that.
  static result<legacy_crypto> open(const char* provider = "legacy");

  /// RFC 1320.
  [[nodiscard]] result<wiped_octets<16>> md4(std::string_view octets) const;
  /// DES-ECB of one block under a key of 56 bits without parity.
  [[nodiscard]] result<std::array<unsigned char, 8>> des(std::string_view key_7_octets,
                                                         const std::array<unsigned char, 8>& block) const;

  legacy_crypto(legacy_crypto&&) noexcept;
  legacy_crypto& operator=(legacy_crypto&&) noexcept;
  ~legacy_crypto();

 private:
  struct context;
  explicit legacy_crypto(std::unique_ptr<context> c);
  std::unique_ptr<context> context_;
};

}  // namespace outmap::auth
