#include "cache/folder_names.hpp"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "cache/segment.hpp"

namespace outmap::cache {

result<std::vector<std::string>> names_in(const std::filesystem::path& folder) {
  struct closer {
    void operator()(DIR* d) const noexcept { ::closedir(d); }
  };
  const std::unique_ptr<DIR, closer> open(::opendir(folder.c_str()));
  if (!open) return file_failure(folder, errno, errc::file_error);
  std::vector<std::string> out;
  for (;;) {
    errno = 0;
    const auto* const entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return file_failure(folder, errno, errc::file_error);
    if (entry == nullptr) return out;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") out.emplace_back(name);
  }
}

}  // namespace outmap::cache
