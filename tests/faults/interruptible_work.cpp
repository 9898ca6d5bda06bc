#include "faults/interruptible_work.hpp"

#include <algorithm>
#include <stdexcept>

#include "faults/work_shapes.hpp"
#include "outmap/store.hpp"

namespace outmap::test {
namespace fs = std::filesystem;

const std::vector<interruptible_work>& all_works() {
  static const auto all = [] {
    std::vector<interruptible_work> out;
    add_sync_works(out);
    add_archive_works(out);
    add_outbox_works(out);
    return out;
  }();
  return all;
}

namespace {

held_account held_in(const account_under_test& of, const std::string& cache) {
  std::string problem;
  auto out = of.held(problem, of.dir() / cache);
  if (!out) throw std::runtime_error(cache + ": " + problem);
  return *out;
}

/// Messages whose command has not got its tagged OK, of folders that a sync could ask.
std::uint64_t unconfirmed_in(const account_under_test& of) {
  auto opened = store::open(of.cache());
  const auto folders = opened ? opened->folders() : tl::unexpected(opened.error());
  if (!folders) throw std::runtime_error("the cache: " + folders.error().message());
  std::uint64_t out = 0;
  for (const auto& f : *folders) out += f.gone ? 0 : f.unconfirmed;
  return out;
}

}  // namespace

work_on_trial::work_on_trial(const interruptible_work& what) : what_(what) {
  {
    account_under_test a(what.how);
    for (const auto& line : what.before) {
      const auto got = a.carry_out(line);
      if (got.exit_code != 0) throw std::runtime_error(what.name + ", before: " + describe(got));
    }
    if (what.prepare) what.prepare(a);
    fs::copy(a.dir().path(), prepared_.path(), fs::copy_options::recursive);
  }
  auto undisturbed = fresh();
  const auto got = act(undisturbed, disturbance{});
  if (got.ended.exit_code != 0) throw std::runtime_error(what.name + ": " + describe(got.ended));
  steps_ = got.seen;
  for (const auto& line : what.again) {
    const auto more = undisturbed.carry_out(line);
    if (more.exit_code != 0) throw std::runtime_error(what.name + ", again: " + describe(more));
    output_ = more.out;
  }
  ends_.push_back(undisturbed.served());
  if (!what.exported.empty()) files_ = files_below(undisturbed.dir() / what.exported);
  if (!what.imported.empty()) imported_ = held_in(undisturbed, what.imported);
  if (what.all_or_nothing) ends_.push_back(fresh().served());
  if (const auto wrong = judge(undisturbed); !wrong.empty()) throw std::runtime_error(what.name + ": " + wrong);
}

account_under_test work_on_trial::fresh(const fs::path& home) const {
  account_under_test out(what_.how, home.empty() ? prepared_.path() : home);
  if (what_.change) what_.change(out.mail());
  return out;
}

disturbed_result work_on_trial::act(account_under_test& on, const disturbance& how) const {
  if (!what_.meanwhile) return on.carry_out(what_.act, how);
  return on.carry_out(what_.act, how, [&](process& running) {
    // What other clients do, they do whether somebody watches or not.
    const bool watches = running.wait_for_output(what_.begun);
    what_.meanwhile(on.mail());
    if (watches && running.wait_for_output(what_.seen)) running.send_signal(SIGINT);
  });
}

held_account work_on_trial::expected_of(const held_account& served) const {
  auto out = served;
  if (what_.how.lines.find("subscribed") != std::string::npos) {
    for (auto& [folder, messages] : out) {
      // The others are known by name.
      if (folder != "INBOX" && folder != "Work") messages.clear();
    }
  }
  if (!what_.headers_only) return out;
  for (auto& [folder, messages] : out) {
    for (auto& [uid, message] : messages) message.second.resize(message.second.find("\r\n\r\n") + 4);
  }
  return out;
}

std::string work_on_trial::complete(account_under_test& on) const {
  if (const auto wrong = on.unsound(); !wrong.empty()) return "right after: " + wrong;
  for (const auto& line : what_.again) {
    process_result got;
    // What broke links have put off is sent by the next run, or the one after it.
    constexpr int most_runs = 3;
    for (int i = 0; i < most_runs; ++i) {
      got = on.carry_out(line);
      if (got.exit_code == 0) break;
    }
    if (got.exit_code != 0) return "the next run: " + describe(got);
    if (what_.same_output && got.out != output_) return "it says something else: " + got.out;
  }
  return judge(on);
}

std::string work_on_trial::judge(account_under_test& on) const {
  if (const auto wrong = on.unsound(); !wrong.empty()) return wrong;
  const auto served = on.served();
  if (std::find(ends_.begin(), ends_.end(), served) == ends_.end()) {
    return "on the server: " + difference(ends_.front(), served);
  }
  std::string problem;
  const auto held = on.held(problem);
  if (!held) return "the cache: " + problem;
  if (const auto wrong = difference(expected_of(served), *held); !wrong.empty()) return "in the cache: " + wrong;
  if (const auto left = unconfirmed_in(on); left != 0)
    return std::to_string(left) + " messages that the server has never confirmed";
  if (const auto left = on.queued(problem); left != 0 || !problem.empty())
    return std::to_string(left) + " changes are left in the outbox " + problem;
  for (const auto& line : what_.proofs) {
    if (const auto proof = on.carry_out(line); proof.exit_code != 0) return "the proof: " + describe(proof);
  }
  if (!what_.imported.empty()) {
    if (const auto wrong = difference(imported_, held_in(on, what_.imported)); !wrong.empty())
      return "imported: " + wrong;
  }
  if (what_.exported.empty()) return {};
  const auto files = files_below(on.dir() / what_.exported);
  for (const auto& f : files) {
    if (files_.count(f) < files.count(f))
      return "exported, and should not be in " + f.first + ": " + f.second.substr(0, 99);
  }
  return files == files_ ? "" : "not every file was exported";
}

}  // namespace outmap::test
