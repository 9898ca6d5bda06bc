#include "layers/layer_rule.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace layers {

namespace {

using names = std::vector<std::string_view>;

struct layer_row {
  std::string_view name;
  names uses;  // directly; what those use is allowed too
  bool sans_io = false;
};

const std::vector<layer_row>& layer_table() {
  static const std::vector<layer_row> rows = {
      {"core", {}, true},
      {"wire", {"core"}, true},
      {"profile", {"wire"}, true},
      {"auth", {"core"}, true},
      {"net", {"core"}},
      {"session", {"profile", "auth", "net"}},
      {"cache", {"core"}},
      {"mime", {"core"}},
      {"search", {"wire", "cache", "mime"}},
      {"sync", {"session", "cache"}},
      {"archive", {"cache", "sync"}},
      {"api", {"core", "wire", "profile", "auth", "net", "session", "cache", "mime", "search", "sync", "archive"}},
  };
  return rows;
}

struct library_row {
  std::string_view prefix;
  names layers;  // that may include it; no public header and no file of the program may
};

// What only the program may use is listed with no layer at all.
const std::vector<library_row>& library_table() {
  static const std::vector<library_row> rows = {
      {"asio.hpp", {"net", "session", "sync", "archive", "api"}},
      {"asio/", {"net", "session", "sync", "archive", "api"}},
      {"openssl/", {"core", "auth", "net", "cache"}},
      {"ntlm.h", {"auth"}},
      {"sqlite3.h", {"cache"}},
      {"gmime/", {"mime"}},
      {"glib", {"mime"}},
      {"libxml/", {"mime"}},
      {"CLI/", {}},
      {"toml++/", {}},
      {"nlohmann/", {}},
      {"fmt/", {}},
  };
  return rows;
}

struct public_header_row {
  std::string_view name;
  std::string_view lowest;  // layer that may include it; headers without a row are vocabulary, for everyone
};

const std::vector<public_header_row>& public_header_table() {
  static const std::vector<public_header_row> rows = {
      {"outmap/account.hpp", "api"},
      {"outmap/outbox.hpp", "api"},
      {"outmap/store.hpp", "api"},
      {"outmap/process.hpp", "api"},
      {"outmap/async.hpp", "api"},
      {"outmap/background_account.hpp", "api"},
      {"outmap/export.hpp", "archive"},
      {"outmap/observer.hpp", "sync"},
      {"outmap/report.hpp", "sync"},
      {"outmap/audit.hpp", "profile"},
      {"outmap/readable.hpp", "mime"},
      {"outmap/search.hpp", "search"},
      {"outmap/backup.hpp", "api"},
      {"outmap/verify.hpp", "archive"},
      {"outmap/restore.hpp", "archive"},
      {"outmap/import.hpp", "archive"},
  };
  return rows;
}

// Sockets, files, threads, randomness: not for the layers that every interleaving is tested in.
const names& io_prefixes() {
  static const names prefixes = {
      "sys/",   "netinet/", "arpa/",    "netdb.h", "poll.h", "unistd.h",   "fcntl.h",
      "thread", "fstream",  "iostream", "future",  "random", "syncstream", "condition_variable",
  };
  return prefixes;
}

bool has(const names& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

const layer_row* find_layer(std::string_view name) {
  const auto& rows = layer_table();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const layer_row& r) { return r.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

bool may_use(const layer_row& from, std::string_view to) {
  return from.name == to || std::any_of(from.uses.begin(), from.uses.end(),
                                        [&](std::string_view below) { return may_use(*find_layer(below), to); });
}

bool names_io(std::string_view header) {
  return std::any_of(io_prefixes().begin(), io_prefixes().end(),
                     [&](std::string_view p) { return p.ends_with('/') ? header.starts_with(p) : header == p; });
}

const library_row* find_library(std::string_view header) {
  for (const library_row& row : library_table()) {
    if (row.prefix.ends_with('/') ? header.starts_with(row.prefix) : header == row.prefix) {
      return &row;
    }
  }
  return nullptr;
}

std::string_view first_folder(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string said(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += word;
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

struct include {
  std::string_view header;  // empty: named by a macro
  bool system = false;      // in angle brackets
};

std::optional<include> include_of(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#')) {
    return std::nullopt;
  }
  line = trimmed(line.substr(1));
  constexpr std::string_view directive = "include";
  if (!line.starts_with(directive)) {
    return std::nullopt;
  }
  line = trimmed(line.substr(directive.size()));
  if (!line.starts_with('<') && !line.starts_with('"')) {
    return include{};
  }
  const bool system = line.front() == '<';
  const auto end = line.find(system ? '>' : '"', 1);
  return include{line.substr(1, end == std::string_view::npos ? end : end - 1), system};
}

std::string judge_in_layer(const layer_row& layer, std::string_view file, std::string_view header) {
  const std::string_view folder = first_folder(header);
  if (find_layer(folder) != nullptr && !may_use(layer, folder)) {
    return said({"layer ", layer.name, " may not include ", header});
  }
  for (const public_header_row& row : public_header_table()) {
    if (row.name == header && !may_use(layer, row.lowest)) {
      return said({header, " is for ", row.lowest, " and above, not for ", layer.name});
    }
  }
  const library_row* library = find_library(header);
  if (library != nullptr && !has(library->layers, layer.name)) {
    return said({"layer ", layer.name, " may not include ", header});
  }
  const bool planner = file.starts_with("lib/sync/planner.");
  if (planner && library != nullptr) {
    return said({"the planner is pure, but includes ", header});
  }
  if ((layer.sans_io || planner) && names_io(header)) {
    return said({planner ? "the planner" : layer.name, " does no I/O, but includes ", header});
  }
  return {};
}

// The one header for programs that have Asio.
constexpr std::string_view asio_header = "include/outmap/async.hpp";

// An allow-list: whatever a public header includes, every consumer must have.
std::string judge_in_public_header(std::string_view file, const include& what) {
  if (file == asio_header && what.header.starts_with("asio/")) {
    return {};
  }
  const bool standard = what.system && what.header.find_first_of("/.") == std::string_view::npos;
  if (standard || what.header.starts_with("outmap/") || what.header == "tl/expected.hpp") {
    return {};
  }
  return said({"a public header may not include ", what.header});
}

std::string judge_in_program(std::string_view header) {
  const library_row* library = find_library(header);
  if (find_layer(first_folder(header)) != nullptr || (library != nullptr && !library->layers.empty())) {
    return said({"the program may include the public API only, not ", header});
  }
  return {};
}

std::string judge(std::string_view file, const include& what) {
  if (what.header.empty()) {
    return "an include that a macro names cannot be checked";
  }
  if (what.header.find("..") != std::string_view::npos) {
    return said({"name ", what.header, " from its layer, not by a path upwards"});
  }
  if (file.starts_with("include/")) {
    return judge_in_public_header(file, what);
  }
  if (file.starts_with("cli/")) {
    return judge_in_program(what.header);
  }
  const layer_row* layer = find_layer(first_folder(file.substr(std::string_view("lib/").size())));
  return judge_in_layer(*layer, file, what.header);
}

}  // namespace

std::vector<breach> check_file(std::string_view file, std::string_view text) {
  std::vector<breach> found;
  if (file.starts_with("lib/") && find_layer(first_folder(file.substr(4))) == nullptr) {
    found.push_back({std::string(file), 1, "its folder is no layer of the table"});
    return found;
  }
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    if (const auto what = include_of(text.substr(0, end))) {
      if (std::string message = judge(file, *what); !message.empty()) {
        found.push_back({std::string(file), line, std::move(message)});
      }
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return found;
}

}  // namespace layers
