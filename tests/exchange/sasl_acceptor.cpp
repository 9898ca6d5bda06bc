#include "sasl_acceptor.hpp"

#include "digest_md5_acceptor.hpp"
#include "ntlm_acceptor.hpp"
#include "plain_acceptor.hpp"

namespace outmap::exchange {

std::unique_ptr<sasl_acceptor> make_acceptor(std::string_view name, const acceptor_setup& setup) {
  if (setup.acceptor) {
    if (auto special = setup.acceptor(name)) return special;
  }
  if (name == "NTLM") return std::make_unique<ntlm_acceptor>(setup);
  if (name == "DIGEST-MD5") return std::make_unique<digest_md5_acceptor>(setup);
  if (name == "PLAIN") return std::make_unique<plain_acceptor>(setup);
  return nullptr;
}

}  // namespace outmap::exchange
