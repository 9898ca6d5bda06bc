// What changes on the server without the clients of the history: new mail, flags, expunges, revisions, folders.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "simulation/ledger.hpp"
#include "simulation/world.hpp"

namespace outmap::simulation {

/// May act at any time, also while the clients work.
class other_clients {
 public:
  other_clients(world& in, ledger& facts, std::mt19937_64& random, std::function<void(const std::string&)> say);

  /// Some folders and messages.
  void begin();
  /// `kind`: below 5.
  void act(unsigned kind);
  /// The octets of a message of which nobody has heard.
  std::string new_message();
  /// Somebody is about to remove that mailbox.
  void everything_may_go(const std::string& folder);
  [[nodiscard]] held_account snapshot();

  /// Its UID, so far, is gone.
  std::function<void(const std::string& token)> renumbered;

 private:
  unsigned upto(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned of_100) { return upto(100) < of_100; }
  [[nodiscard]] std::string some_folder();

  void add();
  void change_flags();
  void expunge();
  void revise();
  void change_folders();

  world& in_;
  ledger& facts_;
  std::mt19937_64& random_;
  std::function<void(const std::string&)> say_;
  std::int64_t next_ = 0;
};

}  // namespace outmap::simulation
