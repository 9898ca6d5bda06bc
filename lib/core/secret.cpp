#include "outmap/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace outmap {

void wipe(std::string& value) noexcept {
  // Growing to the capacity reaches octets that a shorter value left behind.
  value.resize(value.capacity());
  OPENSSL_cleanse(value.data(), value.size());
  value.clear();
}

secret::secret(std::string_view value) : value_(value) {}
secret::secret(const secret& other) = default;

secret::secret(secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

secret& secret::operator=(const secret& other) {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_.swap(other.value_);
  }
  return *this;
}

secret::~secret() { wipe(value_); }

}  // namespace outmap
