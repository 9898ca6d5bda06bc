#include "auth/sasl_mechanism.hpp"

#include <utility>

#include "auth/digest_md5.hpp"
#include "auth/ntlm_client.hpp"
#include "auth/plain.hpp"

namespace outmap::auth {

std::unique_ptr<sasl_mechanism> make_mechanism(mechanism m, const auth_policy& policy, credentials who,
                                               std::size_t largest_challenge) {
  switch (m) {
    case mechanism::ntlm: return std::make_unique<ntlm_client>(policy.ntlm, std::move(who), largest_challenge);
    case mechanism::digest_md5: return std::make_unique<digest_md5>(std::move(who));
    case mechanism::plain: return std::make_unique<plain>(std::move(who));
    case mechanism::login: break;
  }
  return nullptr;
}

}  // namespace outmap::auth
