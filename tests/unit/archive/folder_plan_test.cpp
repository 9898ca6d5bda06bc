#include "archive/folder_plan.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using outmap::export_format;
using outmap::flag_set;
using outmap::internal_date;
using outmap::system_flag;
using namespace outmap::archive;
using action = planned_message::action;

namespace {

wanted_message wanted(std::uint32_t uid, unsigned char content, std::uint8_t flags = 0) {
  wanted_message out;
  out.uid = outmap::uid{uid};
  out.digest.fill(content);
  out.date = internal_date{1'700'000'000 + uid, 0};
  out.flags = flag_set(flags);
  return out;
}

held_file held(unsigned char content, const std::string& letters, std::uint32_t copy = 0, bool is_message = true) {
  outmap::cache::digest digest;
  digest.fill(content);
  return {base_name(export_format::maildir, internal_date{5, 0}, key_of(digest), copy) + ":2," + letters, false,
          is_message};
}

constexpr auto seen = static_cast<std::uint8_t>(system_flag::seen);
constexpr auto flagged = static_cast<std::uint8_t>(system_flag::flagged);

std::vector<action> actions(const std::vector<planned_message>& plan) {
  std::vector<action> out;
  for (const auto& p : plan) out.push_back(p.what);
  return out;
}

}  // namespace

TEST_CASE("a message is on disk if a file carries its content, whatever the date") {
  const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a', seen), wanted(2, 'b', seen), wanted(3, 'c')},
                                {held('a', "S"), held('b', "F")});
  CHECK(actions(plan) == std::vector{action::keep, action::rename, action::write});
  CHECK(plan[0].file == 0);
  CHECK(plan[1].file == 1);
  CHECK(plan[2].copy == 0);
}

TEST_CASE("messages of equal content are counted") {
  SUBCASE("all new") {
    const auto plan = plan_folder(export_format::eml, {wanted(1, 'a'), wanted(2, 'a'), wanted(3, 'a')}, {});
    std::set<std::uint32_t> copies;
    for (const auto& p : plan) copies.insert(p.copy);
    CHECK(copies == std::set<std::uint32_t>{0, 1, 2});
  }
  SUBCASE("a copy whose number is free is written") {
    const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a'), wanted(2, 'a')}, {held('a', "", 1)});
    CHECK(actions(plan) == std::vector{action::keep, action::write});
    CHECK(plan[1].copy == 0);
  }
  SUBCASE("files with the same flags are taken first") {
    const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a', flagged), wanted(2, 'a', seen)},
                                  {held('a', "S", 0), held('a', "F", 1)});
    CHECK(actions(plan) == std::vector{action::keep, action::keep});
    CHECK(plan[0].file == 1);
  }
  SUBCASE("one flag changed means one renaming") {
    const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a', flagged), wanted(2, 'a', seen)},
                                  {held('a', "", 0), held('a', "F", 1)});
    CHECK(actions(plan) == std::vector{action::keep, action::rename});
    CHECK(plan[1].file == 0);
  }
  SUBCASE("a file too many is left alone") {
    const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a')}, {held('a', "S", 0), held('a', "", 1)});
    CHECK(actions(plan) == std::vector{action::keep});
    CHECK(plan[0].file == 1);
  }
}

TEST_CASE("what is no regular file is no message, but its name is taken") {
  const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a')}, {held('a', "", 0, false)});
  CHECK(actions(plan) == std::vector{action::write});
  CHECK(plan[0].copy == 1);
}

TEST_CASE("letters of other programs and their order are no change") {
  const auto plan = plan_folder(export_format::maildir, {wanted(1, 'a', seen | flagged)}, {held('a', "SFPa")});
  CHECK(actions(plan) == std::vector{action::keep});
}

TEST_CASE("many messages of equal content are planned") {
  constexpr std::uint32_t many = 50'000;
  std::vector<wanted_message> messages;
  std::vector<held_file> files;
  for (std::uint32_t i = 1; i <= many; ++i) {
    messages.push_back(wanted(i, 'a'));
    if (i % 2 == 0) files.push_back(held('a', "S", i));
  }
  const auto plan = plan_folder(export_format::maildir, messages, files);
  std::set<std::uint32_t> copies;
  std::set<std::size_t> taken;
  for (const auto& p : plan) {
    if (p.what == action::write) {
      CHECK((p.copy == 0 || p.copy % 2 == 1));
      copies.insert(p.copy);
    } else {
      taken.insert(p.file);
    }
  }
  CHECK(copies.size() == many / 2);
  CHECK(taken.size() == many / 2);
}
