// Caches and exports for tests.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/exporter.hpp"
#include "cache/store.hpp"
#include "outmap/export.hpp"
#include "support/temp_dir.hpp"

namespace archive_test {

/// 2023-11-14T22:13:20Z
constexpr std::int64_t some_day = 1'700'000'000;

/// The value, or the test ends with the error's message.
template <class T>
T need(outmap::result<T> r) {
  const std::string problem = r ? "" : r.error().message();
  REQUIRE_MESSAGE(r.has_value(), problem);
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

struct sample_message {
  std::uint32_t uid = 1;
  std::string text = {};
  std::uint8_t flags = 0;  ///< bits of outmap::system_flag
  std::int64_t date = some_day;
  bool with_body = true;
};

/// A cache file in a folder of its own, written through the write side that a sync uses.
class sample_cache {
 public:
  sample_cache();

  /// Puts the folder (or brings it up to date) and adds messages to it.
  void put(const std::string& wire_name, const std::vector<sample_message>& messages, char delimiter = '/',
           bool noselect = false, std::uint32_t validity = 1);
  void set_flags(const std::string& wire_name, std::uint32_t uid, std::uint8_t flags);
  void expunge(const std::string& wire_name, std::uint32_t uid);
  /// Runs SQL on the file: what a failing disk or a stranger could do.
  void damage(const std::string& sql) const;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// Where exports may go; not made yet.
  [[nodiscard]] std::filesystem::path target() const { return dir_ / "out"; }
  [[nodiscard]] std::filesystem::path outside(std::string_view name) const { return dir_ / name; }

  /// All folders into target().
  [[nodiscard]] outmap::result<outmap::export_report> try_export(
      outmap::export_format format, const std::function<void(const outmap::export_report&)>& step = {}) const;
  [[nodiscard]] outmap::result<outmap::export_report> try_export(
      outmap::export_format format, const std::filesystem::path& to, const std::atomic<bool>& stop,
      const std::function<void(const outmap::export_report&)>& step = {},
      const std::function<bool(std::string_view)>& wants = {}) const;
  outmap::export_report export_all(outmap::export_format format) const;

 private:
  outmap::cache::folder_id folder(const std::string& wire_name);
  void committed(const std::function<void()>& work);

  outmap::test::temp_dir dir_;
  std::filesystem::path file_;
  std::unique_ptr<outmap::cache::store> store_;
};

/// A message with CRLF line ends.
std::string message_text(std::string_view subject, std::size_t body_octets = 40);

/// Every regular file below a folder: its path in there, and its content.
std::map<std::string, std::string> tree(const std::filesystem::path& root);
/// Contents only, sorted.
std::vector<std::string> contents(const std::map<std::string, std::string>& files);

}  // namespace archive_test
