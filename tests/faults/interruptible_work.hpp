// Works of the program that may be interrupted anywhere: what was there before, what is done, what must come of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "faults/account_under_test.hpp"

namespace outmap::test {

struct interruptible_work {
  std::string name;
  account_under_test::settings how = {};
  std::vector<arguments> before = {};                         ///< what prepares the home folder, undisturbed
  std::function<void(account_under_test&)> prepare = {};      ///< and what else does
  std::function<void(exchange::mailbox_store&)> change = {};  ///< on the server, after that
  arguments act = {};                                         ///< what is interrupted
  std::vector<arguments> again = {{"sync"}};                  ///< what then completes it
  /// The interrupted command may have come to nothing: the end may also be that of `again` alone.
  bool all_or_nothing = false;
  bool headers_only = false;
  std::string exported = {};           ///< folder whose files must be those of an undisturbed run
  std::string imported = {};           ///< a second cache, whose mail must be that of an undisturbed run
  bool same_output = false;            ///< the last command of `again` must say what it says undisturbed
  std::vector<arguments> proofs = {};  ///< must end with 0 afterwards
  /// For a command that ends only when it is told to: what it prints when it has begun, what is changed on the server
  /// then, and what it prints when it has seen that.
  std::string begun = {};
  std::function<void(exchange::mailbox_store&)> meanwhile = {};
  std::string seen = {};
};

const std::vector<interruptible_work>& all_works();

/// A work whose end is known, and how far a run that was interrupted is from it.
class work_on_trial {
 public:
  /// Carries it out once, undisturbed. Throws std::runtime_error where that fails.
  explicit work_on_trial(const interruptible_work& what);

  /// A fresh account, up to the moment of the command that is interrupted. `home`: what its folder holds; empty: what the
  /// preparation left.
  [[nodiscard]] account_under_test fresh(const std::filesystem::path& home = {}) const;
  /// Durable steps of the undisturbed command; another run may take a few more or less.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] const interruptible_work& what() const { return what_; }

  /// The command that is interrupted, or not.
  [[nodiscard]] disturbed_result act(account_under_test& on, const disturbance& how) const;
  /// Completes the work and says what is wrong then, or nothing.
  [[nodiscard]] std::string complete(account_under_test& on) const;
  /// The same where the work is taken for complete.
  [[nodiscard]] std::string judge(account_under_test& on) const;
  /// Nothing is left to do behind the command that is interrupted.
  [[nodiscard]] bool is_whole_run() const { return what_.again.size() == 1 && what_.again.front() == what_.act; }

 private:
  [[nodiscard]] held_account expected_of(const held_account& served) const;

  const interruptible_work& what_;
  temp_dir prepared_;
  std::uint64_t steps_ = 0;
  std::vector<held_account> ends_;  ///< of the server
  std::multiset<std::pair<std::string, std::string>> files_;
  held_account imported_;
  std::string output_;
};

}  // namespace outmap::test
