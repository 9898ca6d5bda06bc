// Works that change what the server has.
#include <string>
#include <utility>

#include "faults/work_shapes.hpp"

namespace outmap::test {
namespace {

struct queued {
  const char* name;
  std::vector<arguments> record;
};

const std::vector<queued>& queued_changes() {
  static const std::vector<queued> all = {
      {"flags", {{"mark", "INBOX", "1,3", "+seen", "-flagged"}}},
      {"copy", {{"copy", "INBOX", "1:2", "Work"}}},
      {"move", {{"move", "INBOX", "3", "Archive"}}},
      {"append", {{"append", "Work", "draft", "--flag", "draft", "--date", "2024-03-01T12:30:00+01:00"}}},
      {"append of a large message", {{"append", "Work", "large", "--date", "2024-03-01T12:30:00+01:00"}}},
      {"undelete", {{"undelete", "Work/Deep", "1"}}},
      {"purge", {{"delete", "INBOX", "2"}, {"purge", "INBOX", "--yes"}}},
      {"create", {{"folder", "create", "Work/New"}}},
      {"delete", {{"folder", "delete", "Archive", "--yes"}}},
      {"rename", {{"folder", "rename", "Archive", "Cellar"}}},
      {"subscribe", {{"folder", "subscribe", "Archive"}, {"folder", "unsubscribe", "Work"}}},
  };
  return all;
}

}  // namespace

void add_outbox_works(std::vector<interruptible_work>& to) {
  for (const auto& p : all_personalities()) {
    std::vector<arguments> everything;
    for (const auto& q : queued_changes()) {
      auto out = named(std::string("outbox: ") + q.name + ", " + p, usual(p));
      out.before = {{"sync"}};
      out.prepare = [&q](account_under_test& a) { record(a, q.record); };
      to.push_back(out);
      if (q.name != std::string("delete") && q.name != std::string("rename"))
        everything.insert(everything.end(), q.record.begin(), q.record.end());
    }
    auto out = named("outbox: all in a row, " + p, usual(p));
    out.before = {{"sync"}};
    out.prepare = [everything](account_under_test& a) { record(a, everything); };
    to.push_back(out);
  }
  // The recording itself: done or not done.
  for (const auto& q : queued_changes()) {
    if (q.record.size() != 1) continue;
    auto out = named(std::string("recording: ") + q.name, as("generic"));
    out.before = {{"sync"}};
    out.prepare = [](account_under_test& a) { record(a, {}); };
    out.act = q.record.front() + arguments{"--offline"};
    out.all_or_nothing = true;
    to.push_back(out);
  }
}

}  // namespace outmap::test
