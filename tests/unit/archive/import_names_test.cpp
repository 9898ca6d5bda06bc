// The names of folders go out and come back: export, import, export again.
#include "archive/import_names.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "archive/folder_paths.hpp"
#include "archive/importer.hpp"
#include "archive/local_name.hpp"
#include "cache/reader.hpp"
#include "unit/archive/sample_cache.hpp"
#include "wire/modified_utf7.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using namespace outmap;

namespace {

const std::atomic<bool> never{false};

void export_to(const fs::path& to, const fs::path& cache, export_format format, folder_layout layout) {
  const auto from = need(cache::reader::open(cache));
  const archive::export_order order{format, to, [](std::string_view) { return true; }, layout};
  const auto report = need(archive::export_folders(*from, order, never, {}));
  for (const auto& f : report.failures) FAIL_CHECK(f.message());
}

void import_to(const fs::path& cache, const fs::path& from, export_format format) {
  import_options options;
  options.format = format;
  options.from = from;
  const auto report = need(archive::import_files(cache, options, some_day, never, {}));
  for (const auto& f : report.failures) FAIL_CHECK(f.message());
}

/// UTF-8, the delimiter as it is.
std::set<std::string> mailboxes_of(const fs::path& cache) {
  std::set<std::string> out;
  const auto from = need(cache::reader::open(cache));
  for (const auto& f : need(from->folders())) out.insert(wire::display_name(f.listed.mailbox.wire()));
  return out;
}

struct way {
  export_format format;
  folder_layout layout = folder_layout::levels;
};
constexpr std::array<way, 4> ways{{{export_format::eml},
                                   {export_format::maildir},
                                   {export_format::maildir, folder_layout::maildirpp},
                                   {export_format::mbox}}};

/// The paths of an export, of the import of which another one is made.
struct there_and_back {
  std::map<std::string, std::string> first;
  std::map<std::string, std::string> second;
  std::set<std::string> imported;
};

there_and_back round_trip(const sample_cache& original, const way& by) {
  const auto cache = original.outside("imported.outmap");
  for (const auto& old : {original.target(), original.outside("again"), cache, fs::path(cache.native() + ".mail")})
    fs::remove_all(old);
  export_to(original.target(), original.file(), by.format, by.layout);
  import_to(cache, original.target(), by.format);
  export_to(original.outside("again"), cache, by.format, by.layout);
  return {tree(original.target()), tree(original.outside("again")), mailboxes_of(cache)};
}

std::string on_wire(const std::vector<std::string>& levels, char delimiter) {
  std::string out;
  for (const auto& level : levels)
    out += (out.empty() ? "" : std::string(1, delimiter)) + need(wire::encode_modified_utf7(level));
  return out;
}

}  // namespace

TEST_CASE("a level comes back from the name that was made of it, and what is no such name stays") {
  for (const char* level : {"100%", "a/b", "a\\b:c*?", "CON", "con.txt", "cur", "x.eml", ".hidden", "end.", "end ",
                            "%41", "r\xc3\xa9sum\xc3\xa9", "e\xcc\x81", "work~0123456789abcdef"}) {
    CAPTURE(level);
    CHECK(archive::component_of(archive::local_name(level)) == level);
  }
  for (const char* foreign : {"100%", "50% off", "%zz", "%4", "%41", "caf%C3%A9", "a%2fb", "%", "CON", ".x"}) {
    CAPTURE(foreign);
    CHECK(archive::component_of(foreign) == foreign);
  }
  CHECK(archive::levels_of_maildirpp(".a.b%2Ec%25d") == archive::local_path{"a", "b.c%d"});
  CHECK(archive::levels_of_maildirpp(".a.50% off%2E") == archive::local_path{"a", "50% off%2E"});
}

TEST_CASE("folders that an export had to call otherwise have their names again when it is imported") {
  for (const char delimiter : {'/', '.', '\\'}) {
    sample_cache original;
    std::set<std::string> names;
    const std::vector<std::vector<std::string>> all = {{"INBOX"},
                                                       {"INBOX", "100%"},
                                                       {"Work"},
                                                       {"work"},
                                                       {"A"},
                                                       {"A", "Work"},
                                                       {"A", "wORK"},
                                                       {"A", "wORK", "con"},
                                                       {"cur", "aux.txt"},
                                                       {"\xc3\xa4\xe6\x97\xa5"},
                                                       {"e\xcc\x81"},
                                                       {"a|b", "x?*"},
                                                       {"no~0123456789abcdef"},
                                                       {"eml", "x.eml"}};
    for (const auto& levels : all) {
      const auto wire = on_wire(levels, delimiter);
      original.put(wire, {{1, message_text(wire), 1}}, delimiter);
      names.insert(wire::display_name(wire));
    }
    for (const auto& by : ways) {
      CAPTURE(delimiter);
      CAPTURE(static_cast<int>(by.format));
      const auto back = round_trip(original, by);
      CHECK((back.first == back.second));
      // Where names were told apart, their endings say which delimiter they were made with.
      CHECK(back.imported == names);
    }
  }
}

TEST_CASE("a level that holds the usual delimiter makes the import take another one") {
  sample_cache original;
  original.put("a/b.c", {{1, message_text("one"), 1}}, '.');
  original.put("a/b", {{1, message_text("two"), 1}}, '.');
  original.put("a.b", {{1, message_text("three"), 1}}, '.');
  for (const auto& by : ways) {
    const auto back = round_trip(original, by);
    CHECK((back.first == back.second));
    CHECK(back.imported.size() == 3);
    CHECK(back.imported.contains("a/b"));
  }
}

TEST_CASE("an import into a cache that is there keeps its delimiter, and the names that it cannot have as they are") {
  sample_cache original;
  original.put("a.b", {{1, message_text("one"), 1}}, '.');
  const auto cache = original.outside("imported.outmap");
  export_to(original.target(), original.file(), export_format::eml, folder_layout::levels);
  import_to(cache, original.target(), export_format::eml);
  CHECK(mailboxes_of(cache) == std::set<std::string>{"a/b"});
  original.put("x/y", {{1, message_text("two"), 1}}, '.');
  export_to(original.target(), original.file(), export_format::eml, folder_layout::levels);
  import_to(cache, original.target(), export_format::eml);
  import_to(cache, original.target(), export_format::eml);
  CHECK(mailboxes_of(cache) == std::set<std::string>{"a/b", "x%2Fy"});
}

TEST_CASE("names of folders are the same after export, import and export, whatever they hold") {
  CHECK(rc::check("round trip", [] {
    const auto piece = rc::gen::element<std::string>(
        "a", "A", "b", "/", ".", "\\", "%", "%41", "~", "~0123456789abcdef", " ", ":", "*", "?", "|", "\"", "&", "-",
        "con", "NUL", "cur", "new", ".eml", ".mbox", "INBOX", "\xc3\xa4", "\xc3\x84", "a\xcc\x88", "\xc3\x9f",
        "\xe6\x97\xa5", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\xcf\x82", "\xcf\x83", "\xce\xa3");
    const auto delimiter = *rc::gen::element('/', '.', '\\', '|');
    const auto level = rc::gen::suchThat(
        rc::gen::map(rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(piece))),
                     [](const auto& pieces) {
                       std::string out;
                       for (const auto& p : pieces) out += p;
                       return out;
                     }),
        [&](const std::string& l) {
          return l.find(delimiter) == std::string::npos && archive::case_key(l) != "inbox";
        });
    const auto name = rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(level)));
    const auto names =
        *rc::gen::resize(8, rc::gen::nonEmpty(rc::gen::container<std::set<std::vector<std::string>>>(name)));
    sample_cache original;
    for (const auto& levels : names) {
      const auto wire = on_wire(levels, delimiter);
      original.put(wire, {{1, message_text(wire), 1}}, delimiter);
    }
    const auto by = *rc::gen::elementOf(ways);
    const auto back = round_trip(original, by);
    std::set<std::string> first;
    std::set<std::string> second;
    for (const auto& [path, text] : back.first) first.insert(path);
    for (const auto& [path, text] : back.second) second.insert(path);
    RC_ASSERT(first == second);
    RC_ASSERT(back.imported.size() == names.size());
  }));
}
