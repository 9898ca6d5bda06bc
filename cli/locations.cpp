#include "cli/locations.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>

namespace outmap::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 150;

fs::path absolute_folder(const char* variable) {
  const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody here calls setenv
  if (value == nullptr || *value != '/') return {};
  return value;
}

fs::path base_folder(const char* variable, const char* below_home) {
  if (auto base = absolute_folder(variable); !base.empty()) return base;
  if (auto home = absolute_folder("HOME"); !home.empty()) return home / below_home;
  return {};
}

// FNV-1a: tells cut names apart; nothing depends on its being hard to forge.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[hash >> shift & 15];
  return out;
}

bool safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._@+-").find(c) != std::string_view::npos;
}

}  // namespace

fs::path default_config_file() {
  const auto base = base_folder("XDG_CONFIG_HOME", ".config");
  return base.empty() ? base : base / "outmap" / "outmap.toml";
}

fs::path default_cache_file(std::string_view account_name) {
  const auto base = base_folder("XDG_DATA_HOME", ".local/share");
  return base.empty() ? base : base / "outmap" / (safe_file_name(account_name) + ".outmap");
}

std::string safe_file_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (safe(name[i]) && !(i == 0 && name[i] == '.')) {
      out += name[i];
      continue;
    }
    const auto octet = static_cast<unsigned char>(name[i]);
    out += '%';
    out += "0123456789ABCDEF"[octet >> 4];
    out += "0123456789ABCDEF"[octet & 15];
  }
  if (out.size() <= longest_name) return out;
  // '%' followed by '~' stands in no other name.
  return out.substr(0, longest_name) + "%~" + hash_of(name);
}

result<void> make_private_folder(const fs::path& folder) {
  fs::path so_far;
  for (const auto& part : folder) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int problem = errno;
    // A file system may refuse to make what is already there (EROFS, EACCES); only the last folder has to exist.
    std::error_code ignored;
    if (fs::is_directory(so_far, ignored)) continue;
    return fail(problem == ENOSPC ? errc::disk_full : errc::cache_unavailable,
                "cannot make the folder " + so_far.string() + ": " + std::generic_category().message(problem));
  }
  return {};
}

fs::path expanded(const std::string& path, const fs::path& base) {
  if (path.empty()) return {};
  if (path == "~" || path.starts_with("~/")) {
    if (const auto home = absolute_folder("HOME"); !home.empty()) return path.size() > 2 ? home / path.substr(2) : home;
  }
  const fs::path p(path);
  return p.is_absolute() ? p : base / p;
}

}  // namespace outmap::cli
