#include <openssl/err.h>
#include <openssl/rand.h>

#include <exception>
#include <stdexcept>

#include "auth/fill_random.hpp"

namespace outmap::auth {

random_source system_random() {
  return [](std::span<unsigned char> out) {
    if (RAND_bytes_ex(nullptr, out.data(), out.size(), 0) != 1) {
      ERR_clear_error();
      throw std::runtime_error("OpenSSL's generator gave no random octets");
    }
  };
}

result<void> fill_random(const random_source& random, std::span<unsigned char> out) {
  if (!random) return fail(errc::mechanism_failed, "no source of random octets");
  try {
    random(out);
  } catch (const std::exception& e) {
    return fail(errc::mechanism_failed, e.what());
  }
  return {};
}

}  // namespace outmap::auth
