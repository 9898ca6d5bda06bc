// The line by which a program tells what it has tried; cmake/faults.sh makes a table of such lines.
#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

namespace outmap::test {

/// "tried: <what> | points: <n> | failures: <n> | rerun: <command>", on standard output.
inline void print_tried(const std::string& what, std::uint64_t points, std::uint64_t failures,
                        const std::string& rerun) {
  std::printf("tried: %s | points: %" PRIu64 " | failures: %" PRIu64 " | rerun: %s\n", what.c_str(), points, failures,
              rerun.c_str());
  std::fflush(stdout);
}

}  // namespace outmap::test
