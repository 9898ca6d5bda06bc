#include "unit/archive/sample_cache.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace archive_test {
namespace fs = std::filesystem;
namespace cache = outmap::cache;

sample_cache::sample_cache()
    : file_(dir_ / "mail.outmap"), store_(need(cache::store::open(file_, "anna@mail.example", {}))) {}

void sample_cache::committed(const std::function<void()>& work) {
  need(store_->begin());
  work();
  need(store_->commit());
}

cache::folder_id sample_cache::folder(const std::string& wire_name) {
  const auto reader = need(cache::reader::open(file_));
  return need(reader->folder(outmap::mailbox_name(wire_name))).id;
}

void sample_cache::put(const std::string& wire_name, const std::vector<sample_message>& messages, char delimiter,
                       bool noselect, std::uint32_t validity) {
  committed([&] {
    cache::listed_folder listed;
    listed.mailbox = outmap::mailbox_name(wire_name);
    listed.delimiter = delimiter;
    listed.noselect = noselect;
    const auto id = need(store_->put_folder(listed));
    if (!noselect) need(store_->set_uid_validity(id, outmap::uid_validity{validity}));
    for (const auto& m : messages) {
      cache::header_arrival header;
      header.uid = outmap::uid{m.uid};
      header.flags = outmap::flag_set(m.flags);
      if (m.date != 0) header.date = outmap::internal_date{m.date, 0};
      header.header = m.text.substr(0, m.text.find("\r\n\r\n") + 4);
      need(store_->put_header(id, header));
      if (m.with_body) need(store_->put_body(id, header.uid, header.flags, m.text));
    }
  });
}

void sample_cache::set_flags(const std::string& wire_name, std::uint32_t uid, std::uint8_t flags) {
  const auto id = folder(wire_name);
  committed([&] { need(store_->set_flags(id, outmap::uid{uid}, outmap::flag_set(flags))); });
}

void sample_cache::expunge(const std::string& wire_name, std::uint32_t uid) {
  const auto id = folder(wire_name);
  outmap::uid_set uids;
  uids.add(outmap::uid{uid});
  committed([&] { need(store_->set_vanished(id, uids, some_day)); });
}

void sample_cache::damage(const std::string& sql) const {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(file_.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  const std::string problem = sqlite3_errmsg(db);
  const int changed = sqlite3_changes(db);
  sqlite3_close(db);
  REQUIRE_MESSAGE(code == SQLITE_OK, problem);
  REQUIRE(changed > 0);
}

outmap::result<outmap::export_report> sample_cache::try_export(
    outmap::export_format format, const std::function<void(const outmap::export_report&)>& step) const {
  const std::atomic<bool> never{false};
  return try_export(format, target(), never, step);
}

outmap::result<outmap::export_report> sample_cache::try_export(
    outmap::export_format format, const fs::path& to, const std::atomic<bool>& stop,
    const std::function<void(const outmap::export_report&)>& step,
    const std::function<bool(std::string_view)>& wants) const {
  const auto reader = need(cache::reader::open(file_));
  const auto all = [](std::string_view) { return true; };
  return outmap::archive::export_folders(*reader, {format, to, wants ? wants : all}, stop, step);
}

outmap::export_report sample_cache::export_all(outmap::export_format format) const { return need(try_export(format)); }

std::string message_text(std::string_view subject, std::size_t body_octets) {
  std::string out = "From: Anna <anna@mail.example>\r\nSubject: " + std::string(subject) + "\r\n\r\n";
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < body_octets; ++i) {
    state = state * 1664525 + 1013904223;
    out += static_cast<char>('a' + (state >> 24) % 26);
    if (i % 72 == 71) out += "\r\n";
  }
  return out + "\r\n";
}

std::map<std::string, std::string> tree(const fs::path& root) {
  std::map<std::string, std::string> out;
  if (!fs::exists(root)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.symlink_status().type() != fs::file_type::regular) continue;
    out[fs::relative(entry.path(), root).string()] = outmap::test::read_file(entry.path());
  }
  return out;
}

std::vector<std::string> contents(const std::map<std::string, std::string>& files) {
  std::vector<std::string> out;
  for (const auto& [name, content] : files) out.push_back(content);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace archive_test
