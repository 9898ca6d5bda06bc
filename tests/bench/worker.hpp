// Measured work: each piece runs in a process of its own, so that its time, CPU and peak memory are its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/figures.hpp"

namespace outmap::bench {

/// An account of the benchmark's servers as a worker is told of it.
struct far_end {
  std::uint16_t port = 0;  ///< implicit TLS on localhost
  std::filesystem::path ca_file;
};

/// Who all the servers of the benchmarks let in.
inline constexpr const char* bench_user = "alice";
inline constexpr const char* bench_password = "bench";

/// How a sync is asked for.
struct sync_ways {
  bool header_date = false;  ///< received_date::header: bodies in one pass
  bool quick = false;        ///< the quick depth
};

/// A new process of this program for each. `prefix` is put before the command line of a sync (a profiler); may be
/// empty. `settle`: file systems are synced before each. Throws std::runtime_error with what the process said when it
/// fails.
class workers {
 public:
  workers(std::vector<std::string> prefix, bool settle) : prefix_(std::move(prefix)), settle_(settle) {}

  [[nodiscard]] figures drain(const far_end& from, const std::string& mailbox,
                              const std::vector<std::string>& fetches) const;
  [[nodiscard]] figures drain_to_file(const far_end& from, const std::string& mailbox, const std::string& fetch,
                                      const std::filesystem::path& to) const;
  /// `names` is a file of mailbox names, one a line.
  [[nodiscard]] figures drain_mailboxes(const far_end& from, const std::filesystem::path& names,
                                        const std::string& fetch, bool pipelined) const;
  /// account::login(): connect, log in, CAPABILITY, LOGOUT.
  [[nodiscard]] figures login(const far_end& from) const;
  /// Throws too when the sync leaves something undone. `cache` may exist.
  [[nodiscard]] figures sync(const far_end& from, const std::filesystem::path& cache, sync_ways how = {}) const;
  /// Another program; its output is thrown away. `input` is a file for its standard input, empty for none.
  [[nodiscard]] figures external(const std::filesystem::path& input, const std::vector<std::string>& argv) const;

 private:
  [[nodiscard]] figures run(std::vector<std::string> arguments, bool profiled) const;
  std::vector<std::string> prefix_;
  bool settle_;
};

/// The other end of the above: does the work that `arguments` name and prints its figures. Nothing is done and -1 comes
/// back when they name none; else the exit code.
int run_worker(const std::vector<std::string>& arguments);

}  // namespace outmap::bench
