#include "double/dry_fixture.hpp"

#include "outmap/store.hpp"

namespace outmap::test {

held_files all_below(const fs::path& folder) {
  held_files out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = entry.path().lexically_relative(folder).string();
    if (name.ends_with("-shm") || (name.ends_with("-wal") && entry.file_size() == 0)) continue;
    auto& into = out[name];
    if (entry.is_regular_file()) into = {read_file(entry.path()), entry.last_write_time()};
  }
  return out;
}

std::string differing(const held_files& before, const held_files& after) {
  std::string out;
  for (const auto& [name, what] : before) {
    const auto at = after.find(name);
    if (at == after.end())
      out += "-" + name + " ";
    else if (at->second.first != what.first)
      out += "!" + name + " ";
    else if (at->second.second != what.second)
      out += "~" + name + " ";
  }
  for (const auto& [name, what] : after) {
    if (!before.contains(name)) out += "+" + name + " ";
  }
  return out;
}

result<sync_report> dry_fixture::try_dry(sync_options how) {
  how.dry_run = true;
  const auto on_disk = all_below(dir.path());
  const auto there = on_server();
  const auto names = server->store().subscriptions();
  account a(config, &watch);
  auto report = a.sync(how);
  CHECK(differing(on_disk, all_below(dir.path())) == "");
  CHECK((on_server() == there));
  CHECK((server->store().subscriptions() == names));
  return report;
}

sync_report dry_fixture::dry(const sync_options& how) {
  auto report = try_dry(how);
  REQUIRE_MESSAGE(report, report.error().message());
  REQUIRE(report->forecast);
  return *report;
}

void dry_fixture::fill_inbox(unsigned count) {
  for (unsigned i = 0; i < count; ++i) mail().add("INBOX", text_of_size(200, ++seed));
}

std::uint64_t dry_fixture::expunged_held() const {
  std::uint64_t out = 0;
  auto opened = store::open(config.cache);
  REQUIRE(opened);
  const auto folders = opened->folders();
  REQUIRE(folders);
  for (const auto& f : *folders) out += f.expunged;
  return out;
}

std::string failure_of(const std::optional<error>& e) { return e ? e->message() : "none"; }

const folder_report& report_of(const sync_report& report, const std::string& name) {
  for (const auto& f : report.folders) {
    if (f.name == name) return f;
  }
  FAIL(name);
  return report.folders.front();
}

/// Everything that was foretold has come, and nothing else.
void check_came_true(const sync_report& foretold, const sync_report& done) {
  CHECK(failure_of(foretold.failure) == failure_of(done.failure));
  REQUIRE(foretold.folders.size() == done.folders.size());
  for (const auto& f : foretold.folders) {
    const auto& d = report_of(done, f.name);
    CAPTURE(f.name);
    REQUIRE(f.forecast);
    CHECK(f.exists == d.exists);
    CHECK(f.added == d.added);
    CHECK(f.flags_changed == d.flags_changed);
    CHECK(f.vanished == d.vanished);
    CHECK(f.uid_validity_changed == d.uid_validity_changed);
    CHECK(f.quarantined == d.quarantined);
    CHECK(f.bodies == d.bodies + d.adopted);
    CHECK(failure_of(f.failure) == failure_of(d.failure));
    const bool changed = d.flags_changed + d.vanished + d.bodies + d.adopted > 0 || d.uid_validity_changed;
    if (changed && !d.failure) CHECK(f.forecast->pending);
  }
}

}  // namespace outmap::test
