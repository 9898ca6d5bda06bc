#include "cli/several_accounts.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "cli/nearest.hpp"

namespace outmap::cli {

result<std::vector<chosen_account>> named_accounts(surroundings& with, const std::vector<std::string>& names,
                                                   bool all) {
  if (all && !names.empty()) return fail(errc::invalid_argument, "--all and names of accounts exclude each other");
  const auto wanted = all || !names.empty() ? how_many::all : how_many::one;
  auto known = choose_accounts(with.options, wanted, with.environment_password);
  if (!known || names.empty()) return known;
  std::vector<std::string> kept;
  for (const auto& a : *known) kept.push_back(a.config.name);
  std::vector<chosen_account> out;
  for (const auto& name : names) {
    const auto at = std::find(kept.begin(), kept.end(), name);
    if (at == kept.end()) {
      const std::vector<std::string_view> views(kept.begin(), kept.end());
      return fail(errc::invalid_argument, "no account '" + name + "'" + did_you_mean(name, views));
    }
    auto& account = (*known)[static_cast<std::size_t>(at - kept.begin())];
    // Named twice it is still one.
    if (!account.config.host.empty()) out.push_back(std::move(account));
  }
  return out;
}

std::vector<bool> run_beside(std::size_t count, unsigned jobs, const interruption& stop,
                             const std::function<void(std::size_t)>& work) {
  std::vector<char> begun(count, 0);
  std::atomic<std::size_t> next{0};
  const auto serve = [&] {
    for (auto i = next++; i < count && !stop.requested(); i = next++) {
      begun[i] = 1;
      work(i);
    }
  };
  std::vector<std::thread> others;
  const auto threads = std::min<std::size_t>(count, std::max(1U, jobs));
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(serve);
  serve();
  for (auto& t : others) t.join();
  return {begun.begin(), begun.end()};
}

}  // namespace outmap::cli
