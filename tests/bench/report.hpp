// The tables that the benchmarks print.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace outmap::bench {

/// One line of a table.
struct row {
  std::string work;
  runs what;
  runs base = {};                         ///< the drain: gives the ratio of the wall times; may be empty
  std::optional<double> round_trip = {};  ///< seconds: gives the wall time in round trips
  bool ours = false;                      ///< counts for the goal of peak memory
};

/// Prints each table to standard output as soon as it is whole, and all goals at the end.
class report {
 public:
  void heading(const std::string& text);
  void remark(const std::string& text);
  void table(const std::vector<row>& rows);
  /// One line of the table of goals: "1.31 x the drain", goal "<= 1.25 x".
  void goal(const std::string& work, const std::string& wanted, const std::string& measured, bool met);
  /// A goal of the form "at most `most` times `base`".
  void ratio_goal(const std::string& work, double measured, double most, const std::string& of_what);
  /// Prints the goals; also the one on peak memory, which is about all rows that are marked as ours.
  void finish();

 private:
  struct verdict {
    std::string work;
    std::string wanted;
    std::string measured;
    bool met = false;
  };
  std::vector<verdict> verdicts_;
  double peak_mib_ = 0;
  std::string peak_work_;
  std::string heading_;
};

/// Fixed point: "1.25".
std::string number(double value, int places = 2);

}  // namespace outmap::bench
