// One way in which what a client does is disturbed, drawn.
#pragma once

#include <random>
#include <string>

#include "simulation/world.hpp"

namespace outmap::simulation {

class mishap {
 public:
  /// Draws; nothing goes wrong unless `may`. Links are slow, quick, whole or in pieces in any case.
  mishap(world& in, std::mt19937_64& random, bool may);

  [[nodiscard]] const disturbance& how() const { return how_; }
  /// Empty: nothing goes wrong.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The server behaves again.
  void end();
  /// Instead: the death of a program that does not use the network, or nothing.
  disturbance death_alone(bool may);

 private:
  std::uint64_t upto(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned of_100) { return upto(100) < of_100; }
  void draw_links();
  void break_links();
  void lose_an_answer();
  void trouble_the_server();
  void slow_the_server();
  void refuse_bodies();
  void spoil_the_disk();

  world& in_;
  std::mt19937_64& random_;
  disturbance how_;
  std::string name_;
};

}  // namespace outmap::simulation
