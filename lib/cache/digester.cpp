#include "cache/digester.hpp"

namespace outmap::cache {

digester::digester() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) { restart(); }

void digester::restart() {
  good_ = algorithm_ != nullptr && context_ != nullptr &&
          EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1;
}

void digester::update(std::string_view octets) {
  good_ = good_ && EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) == 1;
}

result<digest> digester::finish() {
  digest out;
  unsigned int size = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1 && size == out.size();
  const bool computed = good_;
  restart();
  if (!computed) return fail(errc::internal, "cache: SHA-256 is not available from OpenSSL");
  return out;
}

result<digest> digester::of(std::string_view octets) {
  restart();
  update(octets);
  return finish();
}

}  // namespace outmap::cache
