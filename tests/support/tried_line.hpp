// The line by which a program tells what it has tried; cmake/faults.sh makes a table of such lines.
#pragma once

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

namespace outmap::test {

/// `command`, which names the running program without its folder or with one that may be another, with its real path.
inline std::string with_path_of_program(std::string command) {
  std::error_code unknown;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const auto name = path.filename().string();
  if (unknown || name.empty()) return command;
  for (std::size_t begin = 0; begin < command.size();) {
    const auto end = std::min(command.find(' ', begin), command.size());
    if (std::filesystem::path(command.substr(begin, end - begin)).filename() == name)
      return command.replace(begin, end - begin, path.string());
    begin = end + 1;
  }
  return command;
}

/// "tried: <what> | points: <n> | failures: <n> | rerun: <command>", on standard output. The command can be pasted: see
/// with_path_of_program().
inline void print_tried(const std::string& what, std::uint64_t points, std::uint64_t failures,
                        const std::string& rerun) {
  std::printf("tried: %s | points: %" PRIu64 " | failures: %" PRIu64 " | rerun: %s\n", what.c_str(), points, failures,
              with_path_of_program(rerun).c_str());
  std::fflush(stdout);
}

}  // namespace outmap::test
