#include "toml_reader.hpp"

#include <cmath>
#include <limits>

#include "outmap/error.hpp"

namespace outmap::exchange {

namespace {

std::string where_in(const std::filesystem::path& file, const toml::source_position& at) {
  return file.string() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace

void toml_reader::wrong_at(const toml::source_region& where, const std::string& what) const {
  throw toml_mistake{where_in(file_, where.begin) + ": " + what};
}

void toml_reader::wrong_here(const std::string& what) const { wrong_at(table_.source(), what); }

std::string toml_reader::place() const { return where_in(file_, table_.source().begin); }

void toml_reader::wrong(std::string_view key, const std::string& what) const {
  const toml::node* node = table_.get(key);
  wrong_at(node == nullptr ? table_.source() : node->source(), std::string(key) + ": " + what);
}

const toml::node* toml_reader::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

std::string toml_reader::text(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return {};
  const auto value = node->value_exact<std::string>();
  if (!value) wrong(key, "must be a string");
  if (value->empty()) wrong(key, "is empty");
  if (value->find('\0') != std::string::npos) wrong(key, "holds a NUL");
  return *value;
}

bool toml_reader::flag(std::string_view key, bool otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  const auto value = node->value_exact<bool>();
  if (!value) wrong(key, "must be true or false");
  return *value;
}

std::uint64_t toml_reader::number(std::string_view key, std::uint64_t otherwise, std::uint64_t least,
                                  std::uint64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most) {
    wrong(key, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<std::uint64_t>(*value);
}

double toml_reader::seconds(std::string_view key, double otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  constexpr double longest = 1e6;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !std::isfinite(*value) || *value < 0 || *value > longest) {
    wrong(key, "must be a number of seconds from 0 to 1000000");
  }
  return *value;
}

std::vector<std::string> toml_reader::texts(std::string_view key) {
  const toml::node* node = find(key);
  std::vector<std::string> all;
  if (node == nullptr) return all;
  if (!node->is_array()) wrong(key, "must be an array of strings");
  for (const toml::node& one : *node->as_array()) {
    const auto value = one.value_exact<std::string>();
    if (!value || value->empty()) wrong_at(one.source(), std::string(key) + ": must be an array of strings");
    all.push_back(*value);
  }
  return all;
}

std::vector<std::uint32_t> toml_reader::uids(std::string_view key) {
  const toml::node* node = find(key);
  std::vector<std::uint32_t> all;
  if (node == nullptr) return all;
  if (!node->is_array()) wrong(key, "must be an array of UIDs");
  for (const toml::node& one : *node->as_array()) {
    const auto value = one.value_exact<std::int64_t>();
    if (!value || *value < 1 || *value > std::numeric_limits<std::uint32_t>::max()) {
      wrong_at(one.source(), std::string(key) + ": must be an array of UIDs");
    }
    all.push_back(static_cast<std::uint32_t>(*value));
  }
  return all;
}

std::optional<toml::date_time> toml_reader::date(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<toml::date_time>();
  if (!value || !value->offset) wrong(key, "must be a date and time with offset, as 2014-11-21T09:55:06+01:00");
  return *value;
}

std::vector<toml_reader> toml_reader::tables(std::string_view key) {
  const toml::node* node = find(key);
  std::vector<toml_reader> all;
  if (node == nullptr) return all;
  if (const toml::table* one = node->as_table()) {
    all.emplace_back(file_, *one);
    return all;
  }
  if (!node->is_array()) wrong(key, "must be a table or an array of tables");
  for (const toml::node& one : *node->as_array()) {
    if (!one.is_table()) wrong_at(one.source(), std::string(key) + ": must hold tables only");
    all.emplace_back(file_, *one.as_table());
  }
  return all;
}

void toml_reader::done() const {
  const toml::key* first = nullptr;
  for (auto it = table_.cbegin(); it != table_.cend(); ++it) {
    const toml::key& key = it->first;
    if (known_.contains(key.str())) continue;
    const auto before = [](const toml::source_position& a, const toml::source_position& b) {
      return a.line != b.line ? a.line < b.line : a.column < b.column;
    };
    if (first == nullptr || before(key.source().begin, first->source().begin)) first = &key;
  }
  if (first != nullptr) wrong_at(first->source(), "unknown key '" + printable(first->str()) + "'");
}

}  // namespace outmap::exchange
