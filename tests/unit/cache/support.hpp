// What the tests of the cache share.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/reader.hpp"
#include "cache/store.hpp"
#include "support/temp_dir.hpp"

namespace cache_test {

namespace cache = outmap::cache;
using outmap::errc;
using outmap::flag_set;
using outmap::mailbox_name;
using outmap::result;
using outmap::system_flag;
using outmap::uid;
using outmap::uid_set;
using outmap::uid_validity;

inline constexpr std::string_view account = "anna@mail.example";

using outmap::test::read_file;
using outmap::test::write_file;

/// A folder of its own that goes with the object, also when a test took its permissions away.
class temporary_folder {
 public:
  temporary_folder() : path_(std::filesystem::canonical(dir_.path())) {}
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] std::filesystem::path file(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  outmap::test::temp_dir dir_;
  std::filesystem::path path_;
};

/// The value, or the test ends with the error's message.
template <class T>
T need(result<T> r) {
  const std::string problem = r ? "" : r.error().message();
  REQUIRE_MESSAGE(r.has_value(), problem);
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

/// The code, or nothing where it went well.
template <class T>
std::optional<errc> code_of(const result<T>& r) {
  if (r) return std::nullopt;
  return r.error().code;
}

std::unique_ptr<cache::store> open_store(const std::filesystem::path& file);
std::unique_ptr<cache::reader> open_reader(const std::filesystem::path& file);

/// `work` in a transaction of its own.
void committed(cache::store& s, const std::function<void(cache::store&)>& work);

/// A folder under UIDVALIDITY 1.
cache::folder_id make_folder(cache::store& s, std::string name = "INBOX", std::uint32_t validity = 1);

cache::header_arrival arrival(std::uint32_t u, std::string header, std::optional<std::int64_t> date = 1'700'000'000,
                              std::optional<std::uint64_t> size = std::nullopt);

std::string read_body(cache::reader& r, cache::folder_id folder, std::uint32_t u);

/// What one row of one column says of the file.
std::int64_t number_in(const std::filesystem::path& file, const char* sql);

/// Octets that look random and depend only on `seed`.
std::string noise(std::uint64_t seed, std::size_t size);

/// Names in the folder, sorted.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// Runs `work` in a process of its own and gives its exit status; -1 if a signal ended it. The process may not use
/// doctest.
int in_child(const std::function<int()>& work);
/// In a child: gives up root, if it is root, for a user who owns nothing.
void become_nobody();

}  // namespace cache_test
