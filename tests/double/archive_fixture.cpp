#include "double/archive_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/trace_on_trial.hpp"

namespace outmap::test {

void archive_fixture::fill() {
  auto& store = mail();
  for (const char* name : {"Archive", "Archive/2023", "Drafts"}) store.create(name);
  store.subscribe("Archive/2023");
  for (unsigned i = 1; i <= 12; ++i) {
    const auto flags = flag_set(static_cast<std::uint8_t>(i % 32));
    const internal_date date{1'600'000'000 + i * 1000, 60};
    store.add("INBOX", text_of_size(300 + i * 40, i), flags, date);
    store.add(i % 2 == 0 ? "Archive" : "Archive/2023", text_of_size(500, 100 + i), flags, date);
  }
  // The same message twice, and two texts under one header and date.
  const internal_date then{1'650'000'000, 0};
  for (int i = 0; i < 2; ++i) store.add("Archive", text_of_size(400, 77), {}, then);
  const std::string header = "Message-ID: <draft@example.com>\r\nSubject: draft\r\n\r\n";
  store.add("Drafts", header + "first version\r\n", flag_set(16), then);
  store.add("Drafts", header + "second version\r\n", flag_set(16), then);
}

returned_folders archive_fixture::on_server() const {
  returned_folders out;
  for (const auto& f : server->store().folders()) {
    auto& into = out[f.name];
    for (const auto& m : server->store().messages(f.name))
      into.emplace(m.flags.to_string(), m.date.unix_seconds, *m.octets);
  }
  return out;
}

void archive_fixture::empty_server() {
  auto& store = server->store();
  for (const auto& f : store.folders()) {
    for (const auto& m : store.messages(f.name)) store.expunge(f.name, m.uid);
  }
  const auto folders = store.folders();
  for (auto f = folders.rbegin(); f != folders.rend(); ++f) {
    if (f->name != "INBOX") store.remove_folder(f->name);
  }
  for (const auto& name : store.subscriptions()) store.unsubscribe(name);
}

result<backup_report> archive_fixture::backup(const backup_options& how) {
  trace_on_trial audited(config.auth);
  account a(config, &watch, &audited);
  return a.backup(how);
}

backup_report archive_fixture::back_up_well() {
  auto report = backup();
  REQUIRE_MESSAGE(report, report.error().message());
  if (report->sync.failure) FAIL_CHECK(report->sync.failure->message());
  if (report->unsealed) FAIL_CHECK(report->unsealed->message());
  return *report;
}

result<restore_report> archive_fixture::restore(const restore_options& how) {
  trace_on_trial audited(config.auth);
  account a(config, &watch, &audited);
  return a.restore(how);
}

restore_report archive_fixture::restore_well(const restore_options& how) {
  auto report = restore(how);
  REQUIRE_MESSAGE(report, report.error().message());
  if (report->failure) FAIL_CHECK(report->failure->message());
  for (const auto& r : report->refusals) FAIL_CHECK(r.folder << ": " << r.why.message());
  return *report;
}

result<verify_report> archive_fixture::verify(const verify_options& how) {
  trace_on_trial audited(config.auth);
  account a(config, &watch, &audited);
  return a.verify(how);
}

std::size_t archive_fixture::said(std::string_view text) {
  const auto lines = server->log().lines();
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace outmap::test
