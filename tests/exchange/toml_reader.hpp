// Typed reading of a TOML table where every mistake has a place: "file:line:column: what".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace outmap::exchange {

/// Thrown while a file is read and caught before the reader's caller sees it.
struct toml_mistake {
  std::string text;
};

/// One table. Each get marks its key as known; done() complains about the first that is left.
class toml_reader {
 public:
  toml_reader(const std::filesystem::path& file, const toml::table& table) : file_(file), table_(table) {}

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  /// Empty when the key is absent.
  std::string text(std::string_view key);
  bool flag(std::string_view key, bool otherwise);
  std::uint64_t number(std::string_view key, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  double seconds(std::string_view key, double otherwise);
  std::vector<std::string> texts(std::string_view key);
  std::vector<std::uint32_t> uids(std::string_view key);
  std::optional<toml::date_time> date(std::string_view key);
  /// A table, or each table of an array of tables.
  std::vector<toml_reader> tables(std::string_view key);
  void done() const;

  [[noreturn]] void wrong(std::string_view key, const std::string& what) const;
  [[noreturn]] void wrong_here(const std::string& what) const;
  [[nodiscard]] std::string place() const;
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  const toml::node* find(std::string_view key);
  [[noreturn]] void wrong_at(const toml::source_region& where, const std::string& what) const;

  const std::filesystem::path& file_;
  const toml::table& table_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace outmap::exchange
