#include "archive/folder_paths.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "archive/local_name.hpp"
#include "outmap/error.hpp"

using outmap::archive::case_key;
using outmap::archive::deepest_path;
using outmap::archive::folder_paths;
using outmap::archive::local_path;
using outmap::cache::folder_record;

namespace {

struct sample {
  std::string wire;
  std::optional<char> delimiter = '/';
};

std::vector<folder_record> records(const std::vector<sample>& samples) {
  std::vector<folder_record> out;
  for (const auto& s : samples) {
    folder_record r;
    r.id = static_cast<outmap::cache::folder_id>(out.size() + 1);
    r.listed.mailbox = outmap::mailbox_name(s.wire);
    r.listed.delimiter = s.delimiter;
    out.push_back(r);
  }
  return out;
}

std::string joined(const local_path& path) {
  std::string out;
  for (const auto& level : path) out += (out.empty() ? "" : "/") + level;
  return out;
}

std::vector<std::string> paths_of(const std::vector<sample>& samples) {
  std::vector<std::string> out;
  for (const auto& path : folder_paths(records(samples))) out.push_back(joined(path));
  return out;
}

bool is_suffixed(const std::string& path, const std::string& start) {
  return path.size() == start.size() + 17 && path.starts_with(start + "~");
}

}  // namespace

TEST_CASE("a mailbox name is split at its delimiter and decoded") {
  const auto paths = paths_of({{"INBOX"},
                               {"INBOX/Sub"},
                               {"Archive.2024.Q1", '.'},
                               {"Archive.2023", '/'},
                               {"No.Delimiter/Here", std::nullopt},
                               {"Entw&APw-rfe"},
                               {"Tom &- Jerry"},
                               {"broken &zz"},
                               {"a//b"},
                               {"x/cur/../.hidden"}});
  CHECK(paths == std::vector<std::string>{"INBOX", "INBOX/Sub", "Archive/2024/Q1", "Archive.2023",
                                          "No.Delimiter%2FHere", "Entwürfe", "Tom & Jerry", "broken &zz", "a/%/b",
                                          "x/%63ur/%2E%2E/%2Ehidden"});
}

TEST_CASE("INBOX is one folder in any case, also as a parent") {
  const auto paths = paths_of({{"INBOX"}, {"Inbox/Sub"}, {"inbox/Other"}, {"INBOX/Sub"}});
  CHECK(paths[0] == "INBOX");
  CHECK(paths[1] == "INBOX/Sub");
  CHECK(paths[2] == "INBOX/Other");
  CHECK(is_suffixed(paths[3], "INBOX/Sub"));
}

TEST_CASE("of names that differ by case the first one into the cache stays plain") {
  const auto paths = paths_of({{"Work"}, {"work"}, {"WORK/Plan"}, {"work/plan"}, {"&AMQ-"}, {"&AOQ-"}});
  CHECK(paths[0] == "Work");
  CHECK(is_suffixed(paths[1], "work"));
  CHECK(is_suffixed(paths[2].substr(0, paths[2].find('/')), "WORK"));
  CHECK(paths[3] == paths[1] + "/plan");
  CHECK(paths[4] == "Ä");
  CHECK(is_suffixed(paths[5], "ä"));
}

TEST_CASE("a path does not depend on what comes into the cache later, nor on the order of the list") {
  std::vector<sample> samples = {{"b/Deep"}, {"A"}, {"a"}, {"B"}};
  const auto before = paths_of(samples);
  samples.insert(samples.end(), {{"b"}, {"a/x"}, {"A/X"}, {"b/deep"}});
  const auto after = paths_of(samples);
  CHECK(std::equal(before.begin(), before.end(), after.begin()));

  auto reversed = records(samples);
  std::reverse(reversed.begin(), reversed.end());
  auto paths = folder_paths(reversed);
  std::reverse(paths.begin(), paths.end());
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(joined(paths[i]) == after[i]);
}

TEST_CASE("names that differ only by delimiter or by their spelling in UTF-7 have different paths") {
  const auto paths =
      paths_of({{"a/b", '/'}, {"a.b", '.'}, {"a|b", '|'}, {"&AOQA5A-"}, {"&AOQ-&AOQ-"}, {"\xc3\xa4\xc3\xa4"}});
  CHECK(paths[0] == "a/b");
  CHECK(is_suffixed(paths[1], "a/b"));
  CHECK(is_suffixed(paths[2], "a/b"));
  CHECK(std::set<std::string>(paths.begin(), paths.end()).size() == paths.size());
}

TEST_CASE("a name of many levels does not make a path of many levels") {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "x/";
  const auto paths = folder_paths(records({{deep + "a"}, {deep + "b"}}));
  CHECK(paths[0].size() == deepest_path);
  CHECK(paths[0] != paths[1]);
  CHECK(joined(paths[0]).size() < 4096);
}

TEST_CASE("different mailboxes have different paths, also where case is ignored") {
  CHECK(rc::check("injective", [] {
    const auto piece = rc::gen::element<std::string>("a", "A", "/", ".", "&AOQ-", "&AMQ-", "\xc3\xa4", "INBOX", "inbox",
                                                     "%", "cur", "~0123456789abcdef", "");
    const auto name = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
      std::string out;
      for (const auto& p : pieces) out += p;
      return out;
    });
    const auto names = *rc::gen::container<std::set<std::string>>(name);
    const auto dots = *rc::gen::arbitrary<bool>();
    std::vector<sample> samples;
    std::set<outmap::mailbox_name> mailboxes;
    for (const auto& n : names) {
      if (!mailboxes.insert(outmap::mailbox_name(n)).second) continue;
      samples.push_back({n, dots && samples.size() % 2 == 0 ? '.' : '/'});
    }
    std::set<std::string> keys;
    for (const auto& path : paths_of(samples)) keys.insert(case_key(path));
    RC_ASSERT(keys.size() == samples.size());
  }));
}

TEST_CASE("whatever a server calls its mailboxes, each has one path below the target, and no other has it") {
  CHECK(rc::check("hostile names", [] {
    const auto piece = rc::gen::element<std::string>(
        "..", ".", "/", "//", "\\", "&AC8-", "&AC4ALg-", "&AFw-", "&AAA-", "&-", "&", "-", "~", "%2F", "%", "C:", "CON",
        "con.txt", "NUL", "cur", "new", "x.eml", " ", "\r\n", "\x1b[2J", "\xff", "\xe2\x80\xae", "\xc3\xa4",
        "a\xcc\x88", "&AOQ-", "INBOX", "inbox", "W", "w", std::string(1, '\0'), std::string(260, 'x'),
        std::string(260, 'X'));
    const auto name = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
      std::string out;
      for (const auto& p : pieces) out += p;
      return out;
    });
    const auto names = *rc::gen::container<std::set<std::string>>(name);
    const auto delimiter = *rc::gen::element<std::optional<char>>('/', '.', '\\', '&', '-', std::nullopt);
    std::vector<sample> samples;
    std::set<outmap::mailbox_name> mailboxes;
    for (const auto& n : names) {
      if (mailboxes.insert(outmap::mailbox_name(n)).second) samples.push_back({n, delimiter});
    }
    std::set<std::string> keys;
    for (const auto& path : folder_paths(records(samples))) {
      RC_ASSERT(!path.empty() && path.size() <= deepest_path);
      for (const auto& level : path) {
        RC_ASSERT(!level.empty() && level.size() <= 255);
        RC_ASSERT(level.find_first_of(std::string("/\\:*?\"<>|\0", 10)) == std::string::npos);
        RC_ASSERT(level.front() != '.' && level.back() != '.' && level.back() != ' ');
        RC_ASSERT(outmap::printable(level) == level);
        for (const char* taken : {"cur", "new", "tmp", "con", "nul"}) RC_ASSERT(case_key(level) != taken);
      }
      keys.insert(case_key(joined(path)));
    }
    RC_ASSERT(keys.size() == samples.size());
  }));
}
