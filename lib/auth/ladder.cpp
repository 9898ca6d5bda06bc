#include "auth/ladder.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace outmap::auth {
namespace {

constexpr std::array rungs = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

bool lists(const offer& now, std::string_view capability) {
  const auto same = [](char a, char b) { return upper(a) == upper(b); };
  return std::any_of(now.capabilities.begin(), now.capabilities.end(), [&](const std::string& c) {
    return std::equal(c.begin(), c.end(), capability.begin(), capability.end(), same);
  });
}

std::string_view capability_of(mechanism m) {
  switch (m) {
    case mechanism::ntlm: return "AUTH=NTLM";
    case mechanism::digest_md5: return "AUTH=DIGEST-MD5";
    case mechanism::plain: return "AUTH=PLAIN";
    case mechanism::login: break;
  }
  return {};
}

bool attempted(verdict v) { return v == verdict::refused || v == verdict::connection_lost || v == verdict::succeeded; }

// Why the mechanism cannot be tried now, or nothing.
std::optional<verdict> obstacle(mechanism m, const auth_policy& policy, const offer& now) {
  const bool plaintext = m == mechanism::plain || m == mechanism::login;
  if (std::find(policy.allowed.begin(), policy.allowed.end(), m) == policy.allowed.end()) return verdict::not_allowed;
  if (m == mechanism::login) {
    if (lists(now, "LOGINDISABLED")) return verdict::login_disabled;
  } else if (!lists(now, capability_of(m))) {
    return verdict::not_offered;
  }
  if (plaintext && !now.tls && policy.plaintext == plaintext_policy::tls_only) return verdict::needs_tls;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(verdict v) noexcept {
  switch (v) {
    case verdict::not_offered: return "not offered by the server";
    case verdict::not_allowed: return "not allowed by the account's policy";
    case verdict::needs_tls: return "plaintext, needs TLS";
    case verdict::login_disabled: return "disabled by the server";
    case verdict::refused: return "refused";
    case verdict::connection_lost: return "connection closed by the server";
    case verdict::succeeded: return "succeeded";
  }
  return "unknown";
}

ladder::ladder(auth_policy policy) : policy_(std::move(policy)) {}

std::optional<mechanism> ladder::next(const offer& now) {
  const bool over =
      std::any_of(steps_.begin(), steps_.end(), [](const ladder_step& s) { return s.outcome == verdict::succeeded; });
  if (over) return std::nullopt;
  for (const mechanism m : rungs) {
    const auto known = std::find_if(steps_.begin(), steps_.end(), [m](const ladder_step& s) { return s.which == m; });
    if (known != steps_.end() && attempted(known->outcome)) continue;
    const auto why_not = obstacle(m, policy_, now);
    if (!why_not) return m;
    // A later connection may offer something else: the last word counts.
    if (known != steps_.end()) {
      known->outcome = *why_not;
    } else {
      steps_.push_back({m, *why_not, {}, {}});
    }
  }
  return std::nullopt;
}

void ladder::record(mechanism m, verdict outcome, std::string server_text, std::string detail) {
  // A rung that an earlier connection had to pass over moves to where it was tried.
  std::erase_if(steps_, [m](const ladder_step& s) { return s.which == m; });
  steps_.push_back({m, outcome, std::move(server_text), std::move(detail)});
  if (outcome == verdict::refused || outcome == verdict::connection_lost) ++failures_here_;
}

error ladder::failure() const {
  const auto any = [this](verdict v) {
    return std::any_of(steps_.begin(), steps_.end(), [v](const ladder_step& s) { return s.outcome == v; });
  };
  error out(errc::no_usable_mechanism);
  if (any(verdict::refused) || any(verdict::connection_lost)) {
    out = error(errc::authentication_failed);
  } else if (any(verdict::needs_tls)) {
    out = error(errc::plaintext_forbidden);
  } else if (any(verdict::login_disabled)) {
    out = error(errc::login_disabled);
  }
  for (const auto& step : steps_) {
    if (!out.detail.empty()) out.detail += "; ";
    out.detail += std::string(outmap::to_string(step.which)) + ": " + std::string(to_string(step.outcome));
    if (!step.detail.empty()) out.detail += " (" + step.detail + ")";
    if (!step.server_text.empty()) out.server_text = step.server_text;
  }
  return out;
}

std::vector<ladder_step> preview(const auth_policy& policy, const offer& now) {
  ladder trial(policy);
  while (const auto m = trial.next(now)) trial.record(*m, verdict::refused, {}, {});
  return trial.steps();
}

}  // namespace outmap::auth
