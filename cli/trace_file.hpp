// A transcript in a file.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/redactor.hpp"
#include "outmap/error.hpp"
#include "outmap/trace.hpp"

namespace outmap::cli {

/// Lines "C: …", "S: …" and "# <UTC time> …", appended; those of further sessions are "C2: …", "S2: …", "# <time> [2] …"; the file is made 0600, and made so again if it is ours. Each
/// line is written at once, so that the file is whole up to a crash. A write that fails stops the trace and is
/// remembered.
class trace_file final : public trace_sink {
 public:
  /// What `hidden` knows is taken out of every line; it must outlive the trace. errc::file_error, also for a file of
  /// another user and for one that holds anything but a transcript: it would be spoilt, and might be the cache.
  static result<std::unique_ptr<trace_file>> open(const std::filesystem::path& file, bool bodies,
                                                  const redactor& hidden);
  ~trace_file() override;
  trace_file(const trace_file&) = delete;
  trace_file& operator=(const trace_file&) = delete;

  void client(std::string_view line) noexcept override;
  void server(std::string_view line) noexcept override;
  void note(std::string_view line) noexcept override;
  [[nodiscard]] bool wants_bodies() const noexcept override { return bodies_; }
  [[nodiscard]] trace_sink* beside(std::size_t number) noexcept override;

  /// The errno of the write that failed; 0: none did.
  [[nodiscard]] int problem() const noexcept { return problem_; }

 private:
  trace_file(int descriptor, bool bodies, const redactor& hidden)
      : descriptor_(descriptor), bodies_(bodies), hidden_(hidden) {}

  // One session's lines.
  class session_lines;
  void note(const std::string& mark, std::string_view line) noexcept;
  void write(std::string_view prefix, std::string_view line) noexcept;

  std::map<std::size_t, std::unique_ptr<trace_sink>> beside_;
  int descriptor_;
  bool bodies_;
  const redactor& hidden_;
  int problem_ = 0;
};

}  // namespace outmap::cli
