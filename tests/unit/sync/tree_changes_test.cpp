#include "sync/tree_changes.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outmap;
using namespace outmap::sync;

namespace {

cache::listed_folder folder(const std::string& name) {
  cache::listed_folder out;
  out.mailbox = mailbox_name(name);
  out.delimiter = '/';
  return out;
}

listed_mailbox listed(cache::listed_folder what) {
  listed_mailbox out;
  out.folder = std::move(what);
  return out;
}

std::string names(const std::vector<cache::listed_folder>& folders) {
  std::string out;
  for (const auto& f : folders) out += f.mailbox.wire() + ' ';
  return out;
}

}  // namespace

TEST_CASE("a tree that is listed as it is known has not changed") {
  CHECK(compare_trees({}, {}).fresh.empty());
  auto a = folder("INBOX");
  a.subscribed = true;
  const auto same = compare_trees({{1, a}, {2, folder("b")}}, {listed(folder("b")), listed(a)});
  CHECK(names(same.fresh).empty());
  CHECK(names(same.changed).empty());
  CHECK(names(same.gone).empty());
}

TEST_CASE("folders are new, gone and otherwise than they were; a renamed one is new and gone") {
  auto subscribed = folder("b");
  subscribed.subscribed = true;
  auto container = folder("c");
  container.noselect = true;
  auto other = folder("d");
  other.delimiter = std::nullopt;
  auto childless = folder("e");
  childless.noinferiors = true;
  const auto got = compare_trees(
      {{1, folder("a")}, {2, folder("b")}, {3, folder("c")}, {4, folder("d")}, {5, folder("e")}, {6, folder("z")}},
      {listed(folder("A")), listed(subscribed), listed(container), listed(other), listed(childless),
       listed(folder("z"))});
  CHECK(names(got.fresh) == "A ");
  CHECK(names(got.gone) == "a ");
  CHECK(names(got.changed) == "b c d e ");
  CHECK(got.changed.front().subscribed);
}

TEST_CASE("a folder that is not shown is listed all the same") {
  auto hidden = listed(folder("a"));
  hidden.shown = false;
  CHECK(compare_trees({{1, folder("a")}}, {hidden}).gone.empty());
}
