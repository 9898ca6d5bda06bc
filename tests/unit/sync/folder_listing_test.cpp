#include "sync/folder_listing.hpp"

#include <doctest/doctest.h>

#include "../session/scripted_session.hpp"

using namespace outmap;
using namespace outmap::sync;

namespace {

wire::response listed(const char* name, bool noselect, bool lsub = false) {
  wire::list_data data;
  data.lsub = lsub;
  data.noselect = noselect;
  data.delimiter = '/';
  data.mailbox = mailbox_name(name);
  return data;
}

std::vector<listed_mailbox> merged(std::vector<wire::response> answers, folder_mode mode = folder_mode::all,
                                   std::string root = {}) {
  const limits bounds;
  folder_merger m(bounds, mode, root);
  for (auto& a : answers) m.on_data(a);
  return m.take();
}

}  // namespace

TEST_CASE("OIMAP-V0043 XIMAP-V0034 the most recent of LIST and LSUB decides whether a mailbox can be selected") {
  const auto first = merged({listed("x", true), listed("x", false, true)});
  REQUIRE(first.size() == 1);
  CHECK_FALSE(first[0].folder.noselect);
  CHECK(first[0].folder.subscribed);
  CHECK(first[0].doubtful);
  const auto second = merged({listed("x", false, true), listed("x", true)});
  CHECK(second.at(0).folder.noselect);
}

TEST_CASE("OIMAP-V0041 XIMAP-V0029 a name that only LSUB knows is no mailbox") {
  CHECK(merged({listed("gone", false, true)}).empty());
}

TEST_CASE("OIMAP-V0042 a tree without INBOX is a tree, and INBOX comes first where there is one") {
  const auto tree = merged({listed("Zebra", false), listed("Alpha", false)});
  REQUIRE(tree.size() == 2);
  CHECK(tree[0].folder.mailbox.wire() == "Alpha");
  CHECK(merged({listed("Alpha", false), listed("inbox", false)}).at(0).folder.mailbox.is_inbox());
}

TEST_CASE("a flood of mailboxes is noticed and not stored") {
  limits bounds;
  bounds.mailboxes = 3;
  folder_merger m(bounds, folder_mode::all, {});
  for (const auto* name : {"a", "b", "c", "d", "a"}) {
    auto data = listed(name, false);
    m.on_data(data);
  }
  CHECK(m.overflowed());
  CHECK(m.take().size() == 3);
}

TEST_CASE("OIMAP-V0041 showing subscribed folders, LSUB drives the tree, and INBOX is always in it") {
  const auto tree = merged({listed("INBOX", false), listed("a", false), listed("b", false), listed("b", false, true),
                            listed("hidden", false, true)},
                           folder_mode::subscribed);
  std::map<std::string, bool> shown;
  for (const auto& m : tree) shown[m.folder.mailbox.wire()] = m.shown;
  CHECK(shown == std::map<std::string, bool>{{"INBOX", true}, {"a", false}, {"b", true}, {"hidden", true}});
  // What LIST hides may have gone: a SELECT that is refused is no failure then.
  CHECK(tree.back().doubtful);
}

TEST_CASE("OIMAP-V0022 only what is at or below the root folder counts, and INBOX") {
  const auto tree = merged({listed("INBOX", false), listed("#shared/x", false), listed("#shared/x/y", false),
                            listed("#shared/xy", false), listed("other", false)},
                           folder_mode::all, "#shared/x");
  REQUIRE(tree.size() == 3);
  CHECK(tree[0].folder.mailbox.is_inbox());
  CHECK(tree[1].folder.mailbox.wire() == "#shared/x");
  CHECK(tree[2].folder.mailbox.wire() == "#shared/x/y");
}

TEST_CASE("OIMAP-V0022 a root folder in a namespace is asked for like any other path") {
  for (const std::string root : {"x", "#shared/x"}) {
    test::play_session("C: {e} LIST \"\" INBOX\nC: {f} LIST \"\" " + root + "*\nC: {g} LSUB \"\" " + root + "*\n" +
                           "S: * LIST () \"/\" INBOX\nS: {e} OK done\nS: * LIST () \"/\" " + root +
                           "\nS: {f} OK done\nS: {g} OK done\n",
                       [&](session::session& on) -> asio::awaitable<void> {
                         account_config account;
                         account.root_folder = root;
                         const auto tree = co_await list_folders(on, account);
                         REQUIRE(tree);
                         REQUIRE(tree->size() == 2);
                         CHECK((*tree)[1].folder.mailbox.wire() == root);
                       });
  }
}

TEST_CASE("OIMAP-V0041 LSUB refused is an error only where LSUB drives the tree") {
  for (const auto mode : {folder_mode::all, folder_mode::subscribed}) {
    test::play_session(
        "C: {e} LIST \"\" *\nC: {f} LSUB \"\" *\nS: * LIST () \"/\" INBOX\nS: {e} OK done\nS: {f} NO not here\n",
        [&](session::session& on) -> asio::awaitable<void> {
          account_config account;
          account.folders = mode;
          const auto tree = co_await list_folders(on, account);
          CHECK(tree.has_value() == (mode == folder_mode::all));
        });
  }
}
