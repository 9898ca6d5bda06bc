#include "outmap/import.hpp"

#include <chrono>

#include "archive/importer.hpp"

namespace outmap {

result<import_report> import_mail(const std::filesystem::path& cache, const import_options& options,
                                  const std::atomic<bool>& stop,
                                  const std::function<void(const import_report&)>& step) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return archive::import_files(cache, options, std::chrono::duration_cast<std::chrono::seconds>(now).count(), stop,
                               step);
}

}  // namespace outmap
