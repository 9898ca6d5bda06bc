// Works on what a cache holds: exports, imports, backups, restores, the search index, older caches.
#include <stdexcept>
#include <utility>

#include "faults/old_cache.hpp"
#include "faults/work_shapes.hpp"

namespace outmap::test {
namespace {

using store = exchange::mailbox_store;

void must_do(const account_under_test& a, const arguments& line) {
  if (const auto got = a.carry_out(line); got.exit_code != 0) throw std::runtime_error(describe(got));
}

void add_exports(std::vector<interruptible_work>& to) {
  const std::vector<arguments> kinds = {{"maildir"}, {"eml"}, {"mbox"}, {"maildir", "--maildirpp"}};
  for (const auto& kind : kinds) {
    auto out = after_sync("export, " + kind.front() + (kind.size() > 1 ? "++" : ""), as("generic"), {});
    out.how.mail = large_mail;
    out.act = arguments{"export", "--to", "out", "--format"} + kind;
    out.again = {out.act};
    out.exported = "out";
    to.push_back(out);
  }
  for (const char* const format : {"maildir", "mbox"}) {
    auto more = after_sync(std::string("export once more, ") + format, as("generic"), {});
    more.act = {"export", "--format", format, "--to", "out"};
    more.again = {more.act};
    more.before.push_back(more.act);
    more.change = [](store& s) { s.add("INBOX", mail_text("new"), {}, {1700001000, 0}); };
    more.prepare = [add = more.change](account_under_test& a) {
      add(a.mail());
      must_do(a, {"sync"});
    };
    more.exported = "out";
    to.push_back(more);
  }
}

void add_imports(std::vector<interruptible_work>& to) {
  for (const char* const format : {"maildir", "eml", "mbox"}) {
    auto out = after_sync(std::string("import, ") + format, as("generic"), {});
    out.before.push_back({"export", "--format", format, "--to", "files"});
    out.act = {"import", "--format", format, "--from", "files", "--cache", "imported.outmap"};
    out.again = {out.act};
    out.imported = "imported.outmap";
    out.proofs = {{"verify", "--cache", "imported.outmap"}};
    to.push_back(out);
  }
}

void add_backups(std::vector<interruptible_work>& to) {
  for (const char* const p : {"generic", "2003", "2010", "2016"}) {
    auto first = named(std::string("first backup, ") + p, usual(p));
    first.act = {"backup"};
    first.again = {first.act};
    first.proofs = {{"verify"}};
    to.push_back(first);
    auto more = named(std::string("backup, ") + p, usual(p));
    more.before = {{"backup"}};
    more.change = later_changes;
    more.act = {"backup"};
    more.again = {more.act};
    more.proofs = {{"verify"}};
    to.push_back(more);
  }
}

void add_restores(std::vector<interruptible_work>& to) {
  for (const char* const p : {"generic", "2003", "2010", "2016"}) {
    auto out = named(std::string("restore, ") + p, usual(p));
    out.before = {{"backup"}};
    out.change = [](store& s) {
      for (const auto& m : s.messages("INBOX")) s.expunge("INBOX", m.uid);
      s.expunge("Work", 1);
      s.remove_folder("Archive");
    };
    out.act = {"restore"};
    out.again = {{"restore"}, {"sync", "--allow-mass-delete"}};
    out.proofs = {{"restore", "--dry-run"}};
    to.push_back(out);
  }
}

void add_searches(std::vector<interruptible_work>& to) {
  auto first = after_sync("search index", as("generic"), {});
  first.how.mail = large_mail;
  first.act = {"search", "body"};
  first.again = {first.act};
  first.same_output = true;
  to.push_back(first);
  auto more = after_sync("search index, more mail", as("generic"), {});
  more.before.push_back({"search", "body"});
  more.change = later_changes;
  more.prepare = [](account_under_test& a) {
    later_changes(a.mail());
    must_do(a, {"sync"});
  };
  more.act = {"search", "body"};
  more.again = {more.act};
  more.same_output = true;
  to.push_back(more);
}

void add_older_caches(std::vector<interruptible_work>& to) {
  for (const std::uint32_t version : {1U, 2U}) {
    for (const char* const p : {"generic", "2010"}) {
      auto out = after_sync("a cache of schema " + std::to_string(version) + ", " + p, usual(p), later_changes);
      out.prepare = [version](account_under_test& a) { make_older(a.cache(), version); };
      to.push_back(out);
    }
    auto asked = after_sync("backup into a cache of schema " + std::to_string(version), as("generic"), later_changes);
    asked.prepare = [version](account_under_test& a) { make_older(a.cache(), version); };
    asked.act = {"backup"};
    asked.again = {asked.act};
    asked.proofs = {{"verify"}};
    to.push_back(asked);
  }
}

}  // namespace

void add_archive_works(std::vector<interruptible_work>& to) {
  add_exports(to);
  add_imports(to);
  add_backups(to);
  add_restores(to);
  add_searches(to);
  add_older_caches(to);
}

}  // namespace outmap::test
