#include "support/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace outmap::test {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), what);
}

}  // namespace

temp_dir::temp_dir() {
  std::string pattern = (fs::temp_directory_path() / "outmap-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail_with_errno(pattern);
  path_ = pattern;
}

temp_dir::~temp_dir() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

temp_dir::temp_dir(temp_dir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

temp_dir& temp_dir::operator=(temp_dir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

fs::path temp_dir::write(std::string_view name, std::string_view content) const {
  const auto to = path_ / name;
  fs::create_directories(to.parent_path());
  write_file(to, content);
  return to;
}

std::string read_file(const fs::path& from) {
  errno = 0;
  std::ifstream in(from, std::ios::binary);
  if (!in) fail_with_errno(from.string());
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) fail_with_errno(from.string());
  return content;
}

void write_file(const fs::path& to, std::string_view content) {
  errno = 0;
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) fail_with_errno(to.string());
}

}  // namespace outmap::test
