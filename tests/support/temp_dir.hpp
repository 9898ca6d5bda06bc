// A folder for the length of a test, and whole files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace outmap::test {

/// A new empty folder below the system's temporary folder; removed with all that it holds when this object goes.
class temp_dir {
 public:
  /// Mode 0700. Throws std::system_error.
  temp_dir();
  ~temp_dir();
  temp_dir(temp_dir&& other) noexcept;
  temp_dir& operator=(temp_dir&& other) noexcept;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file below the folder, with its parent folders; gives its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// Whole files as octets. They throw std::system_error.
std::string read_file(const std::filesystem::path& from);
void write_file(const std::filesystem::path& to, std::string_view content);

}  // namespace outmap::test
