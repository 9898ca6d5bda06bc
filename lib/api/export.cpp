#include "outmap/export.hpp"

#include "archive/exporter.hpp"
#include "cache/reader.hpp"

namespace outmap {

result<export_report> export_mail(const std::filesystem::path& cache, const export_options& options,
                                  const std::atomic<bool>& stop,
                                  const std::function<void(const export_report&)>& step) {
  const auto from = cache::reader::open(cache);
  if (!from) return tl::unexpected(from.error());
  const archive::export_order order{options.format, options.to,
                                    [&](std::string_view name) { return matches(options.folders, name); },
                                    options.layout, options.dry_run};
  return archive::export_folders(**from, order, stop, step);
}

}  // namespace outmap
