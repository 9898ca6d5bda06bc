#include "profile/audit_login.hpp"

#include <algorithm>
#include <array>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

using rule = audit_rule;

constexpr std::array<mechanism, 4> strongest_first = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain,
                                                      mechanism::login};

std::optional<mechanism> method_of(const read_command& command) {
  if (command.word == audit_word::login) return mechanism::login;
  if (command.mechanism == "NTLM") return mechanism::ntlm;
  if (command.mechanism == "DIGEST-MD5") return mechanism::digest_md5;
  if (command.mechanism == "PLAIN") return mechanism::plain;
  return std::nullopt;
}

std::string name_of(mechanism which) {
  return which == mechanism::login ? std::string("the LOGIN command")
                                   : "AUTHENTICATE " + wire::grammar::upper_cased(to_string(which));
}

bool is_plaintext(mechanism which) { return which == mechanism::plain || which == mechanism::login; }

}  // namespace

void audit_login::capabilities_listed(const capabilities& listed) {
  listed_ = listed;
  // A server offers STARTTLS only where there is no TLS yet.
  if (tls_ == tls_seen::unknown && listed.has("STARTTLS")) tls_ = tls_seen::off;
}

void audit_login::set_tls(tls_seen now, bool by_starttls) {
  tls_ = now;
  if (!by_starttls) return;
  listed_.reset();
  asked_ = false;
  code_seen_ = false;
  after_starttls_ = true;
}

bool audit_login::policy_allows(mechanism which) const {
  return std::find(policy_.allowed.begin(), policy_.allowed.end(), which) != policy_.allowed.end();
}

bool audit_login::offered(mechanism which) const {
  if (!listed_) return false;
  if (which == mechanism::login) return !listed_->has("LOGINDISABLED");
  return listed_->has("AUTH=" + wire::grammar::upper_cased(to_string(which)));
}

void audit_login::judge_order(mechanism which, audit_findings& to) {
  const auto tried = [this](mechanism m) {
    return std::find(ladder_.failed.begin(), ladder_.failed.end(), m) != ladder_.failed.end();
  };
  for (const auto stronger : strongest_first) {
    if (stronger == which) break;
    const bool needs_tls =
        is_plaintext(stronger) && tls_ == tls_seen::off && policy_.plaintext == plaintext_policy::tls_only;
    if (!offered(stronger) || !policy_allows(stronger) || tried(stronger) || needs_tls) continue;
    const std::string what =
        name_of(which) + ", though the server lists " + name_of(stronger) + " and it was not tried";
    if (tls_ == tls_seen::off && is_plaintext(which) && !is_plaintext(stronger)) {
      to.add({rule::ladder, rule::strong_first}, what);
    } else {
      to.add({rule::ladder}, what);
    }
    return;
  }
  if (weakest_tried_ && which < *weakest_tried_) {
    to.add({rule::ladder}, name_of(which) + " after " + name_of(*weakest_tried_) + ", which is weaker");
  }
}

void audit_login::judge_method(mechanism which, audit_findings& to) {
  if (listed_ && which == mechanism::login && listed_->has("LOGINDISABLED")) {
    to.add({rule::plaintext}, "LOGIN, though the server lists LOGINDISABLED");
  } else if (listed_ && !offered(which)) {
    to.add({rule::advertised_only}, name_of(which) + ", though the server does not list it");
  }
  if (!policy_allows(which)) to.add({rule::ladder}, name_of(which) + ", which the account's policy leaves out");
  if (is_plaintext(which) && tls_ == tls_seen::off && policy_.plaintext == plaintext_policy::tls_only) {
    to.add({rule::plaintext}, name_of(which) + " sends the password over a connection without TLS");
  }
  judge_order(which, to);
  weakest_tried_ = std::max(weakest_tried_.value_or(which), which);
}

void audit_login::judge_extension(const read_command& command, audit_findings& to) {
  const auto extension = known_extension_mechanism(command.mechanism);
  if (command.mechanism == "ANONYMOUS") {
    to.add({rule::no_anonymous}, "AUTHENTICATE ANONYMOUS");
  } else if (extension.empty()) {
    to.add({rule::mechanisms}, "a mechanism other than NTLM, DIGEST-MD5 and PLAIN");
  } else if (listed_ && !listed_->has(extension)) {
    to.add({rule::advertised_only}, "AUTHENTICATE " + command.mechanism + ", though the server does not list it");
  }
}

void audit_login::judge(const read_command& command, audit_findings& to) {
  constexpr int most_failures = 3;
  if (begin_seen_ && !asked_) {
    const std::string what = "the capabilities were not asked for by CAPABILITY since " +
                             std::string(after_starttls_ ? "STARTTLS" : "the greeting") +
                             (code_seen_ ? "; those of a response code do not count" : "");
    if (after_starttls_) {
      to.add({rule::capability_after_starttls, rule::capability_command}, what);
    } else {
      to.add({rule::capability_command}, what);
    }
  }
  if (command.word == audit_word::starttls) {
    if (tls_ == tls_seen::on) {
      to.add({rule::starttls}, "STARTTLS on a connection with TLS");
    } else if (listed_ && !listed_->has("STARTTLS")) {
      to.add({rule::starttls}, "STARTTLS, though the server does not list it");
    }
    return;
  }
  if (failures_ >= most_failures) {
    to.add({rule::failed_logins}, "a login after " + std::to_string(failures_) + " failed ones on one connection");
  }
  if (command.word == audit_word::login && wire::grammar::is_word(command.user, "ANONYMOUS")) {
    to.add({rule::no_anonymous}, "LOGIN as \"anonymous\"");
  }
  if (const auto which = method_of(command)) {
    judge_method(*which, to);
  } else if (!command.mechanism.empty()) {
    judge_extension(command, to);
  }
}

void audit_login::failed(const read_command& command) {
  ++failures_;
  if (const auto which = method_of(command)) ladder_.failed.push_back(*which);
  // Enough to know all there are.
  constexpr std::size_t most = 64;
  if (ladder_.failed.size() > most) ladder_.failed.erase(ladder_.failed.begin());
}

}  // namespace outmap::profile
