// The disk of the client: a folder in memory, a model of what of it has reached the plates, and the end of the program
// that writes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "faults/disk_model.hpp"
#include "simulation/machine.hpp"

namespace outmap::simulation {

/// Calls that fail though the program lives.
struct disk_trouble {
  std::uint64_t after = 0;  ///< so many calls go well
  std::uint64_t count = 0;  ///< then so many fail
  int code = 0;             ///< ENOSPC: of those that need room, a write after a part of it; else all
};

/// One for each machine. The calls of file_calls.cpp come here with what concerns the folder.
class disk {
 public:
  using what = test::gate_record::what;

  /// The folder is there and stays.
  disk(machine& on, const std::filesystem::path& folder);
  ~disk();
  disk(const disk&) = delete;
  disk& operator=(const disk&) = delete;
  static disk* running() { return running_; }

  /// The path below the folder, or nothing.
  [[nodiscard]] std::optional<std::string> inside(const std::string& path) const;

  /// Before a change: takes its time, and may end the program. 0, or the errno with which it fails: nothing is to happen.
  int begin(what kind);
  /// How much of a write is to be done.
  std::size_t writable(std::size_t size);
  /// After it.
  void done(what kind, const std::string& path, std::uint64_t file, std::uint64_t at, std::uint64_t size,
            std::string_view octets = {});

  /// Before each change: may end the client's program.
  std::function<void()> strike;

  /// What goes wrong from now on.
  disk_trouble trouble;

  /// The program ends here: what it does from now on has no effect. With the power, what was not synced goes in part.
  void end_program(bool power);
  [[nodiscard]] bool program_ended() const { return ended_; }
  /// Once the program is gone: the folder as the end has left it.
  void begin_anew();

 private:
  int fault_of(what kind);

  static disk* running_;

  machine& on_;
  std::filesystem::path folder_;
  std::optional<test::disk_model> model_;
  std::optional<std::filesystem::path> left_;
  bool ended_ = false;
};

}  // namespace outmap::simulation
