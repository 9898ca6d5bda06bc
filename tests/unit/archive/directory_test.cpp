#include "archive/directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using outmap::archive::directory;
using outmap::test::read_file;
using outmap::test::write_file;

namespace {

directory opened(const fs::path& where) {
  auto d = directory::open_or_make(where);
  REQUIRE(d);
  return std::move(*d);
}

}  // namespace

TEST_CASE("moving a file never takes the place of another one") {
  const outmap::test::temp_dir dir;
  const auto a = opened(dir / "a");
  const auto b = opened(dir / "b");
  write_file(dir / "a/file", "mine");
  write_file(dir / "b/file", "precious");
  fs::create_symlink("nowhere", dir / "b/link");
  fs::create_directory(dir / "b/folder");
  for (const std::string name : {"file", "link", "folder"}) {
    const auto moved = a.move("file", b, name);
    REQUIRE(moved);
    CHECK_FALSE(*moved);
  }
  CHECK(read_file(dir / "a/file") == "mine");
  CHECK(read_file(dir / "b/file") == "precious");

  const auto moved = a.move("file", b, "free");
  REQUIRE(moved);
  CHECK(*moved);
  CHECK_FALSE(fs::exists(dir / "a/file"));
  CHECK(read_file(dir / "b/free") == "mine");
  CHECK_FALSE(a.move("file", b, "other"));
}

TEST_CASE("a new file never opens one that is there") {
  const outmap::test::temp_dir dir;
  const auto d = opened(dir.path());
  write_file(dir / "victim", "precious");
  fs::create_symlink(dir / "victim", dir / "link");
  fs::create_symlink(dir / "new victim", dir / "dangling");
  for (const std::string name : {"victim", "link", "dangling"}) CHECK_FALSE(d.create(name));
  CHECK(read_file(dir / "victim") == "precious");
  CHECK_FALSE(fs::exists(dir / "new victim"));
  CHECK(d.create("fresh"));
}

TEST_CASE("a folder that is held open stays the same when its name is given to another") {
  const outmap::test::temp_dir dir;
  const auto held = opened(dir / "a");
  fs::rename(dir / "a", dir / "moved");
  fs::create_directory_symlink("/", dir / "a");
  CHECK(held.create("file"));
  CHECK(fs::exists(dir / "moved/file"));
}

TEST_CASE("entries are told with their kind") {
  const outmap::test::temp_dir dir;
  write_file(dir / "file", "");
  fs::create_directory(dir / "folder");
  fs::create_symlink("file", dir / "link");
  std::set<std::string> regular;
  std::set<std::string> others;
  const auto read = opened(dir.path()).for_each_entry(
      [&](const std::string& name, bool is_regular) { (is_regular ? regular : others).insert(name); });
  REQUIRE(read);
  CHECK(regular == std::set<std::string>{"file"});
  CHECK(others == std::set<std::string>{"folder", "link"});
}
