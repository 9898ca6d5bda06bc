#include "search/cache_stamp.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace outmap::search {

std::string stamp_of(const std::filesystem::path& cache_file, std::int64_t now) {
  constexpr std::int64_t coarsest_clock = 2;
  std::string out;
  std::int64_t youngest = 0;
  for (const char* part : {"", "-wal"}) {
    struct stat status {};
    if (::stat((std::filesystem::path(cache_file) += part).c_str(), &status) != 0) {
      out += "none;";
      continue;
    }
    youngest = std::max<std::int64_t>(youngest, status.st_mtim.tv_sec);
    for (const auto number :
         {static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
          static_cast<std::int64_t>(status.st_mtim.tv_sec), static_cast<std::int64_t>(status.st_mtim.tv_nsec)}) {
      out += std::to_string(number) + ',';
    }
    out += ';';
  }
  return youngest + coarsest_clock < now ? out : std::string();
}

}  // namespace outmap::search
