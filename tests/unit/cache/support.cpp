#include "support.hpp"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "cache/database.hpp"

namespace cache_test {

namespace fs = std::filesystem;

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  fs::permissions(path_, fs::perms::owner_all, ignored);
}

std::unique_ptr<cache::store> open_store(const fs::path& file) { return need(cache::store::open(file, account, {})); }
std::unique_ptr<cache::reader> open_reader(const fs::path& file) { return need(cache::reader::open(file)); }

void committed(cache::store& s, const std::function<void(cache::store&)>& work) {
  need(s.begin());
  work(s);
  need(s.commit());
}

cache::folder_id make_folder(cache::store& s, std::string name, std::uint32_t validity) {
  cache::folder_id id = 0;
  committed(s, [&](cache::store& in) {
    cache::listed_folder folder;
    folder.mailbox = mailbox_name(std::move(name));
    folder.delimiter = '/';
    id = need(in.put_folder(folder));
    need(in.set_uid_validity(id, uid_validity{validity}));
  });
  return id;
}

cache::header_arrival arrival(std::uint32_t u, std::string header, std::optional<std::int64_t> date,
                              std::optional<std::uint64_t> size) {
  cache::header_arrival out;
  out.uid = uid{u};
  out.header = std::move(header);
  if (date) out.date = outmap::internal_date{*date, 60};
  out.size = size;
  return out;
}

std::string read_body(cache::reader& r, cache::folder_id folder, std::uint32_t u) {
  std::string out;
  need(r.body(folder, uid{u}, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

std::int64_t number_in(const std::filesystem::path& file, const char* sql) {
  auto db = need(cache::database::open(file.native(), SQLITE_OPEN_READONLY));
  cache::statement ask(db, sql);
  std::int64_t n = -1;
  need(ask.first([&](const cache::statement& row) { n = row.integer(0); }));
  return n;
}

std::string noise(std::uint64_t seed, std::size_t size) {
  std::string out(size, '\0');
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
  for (auto& c : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = static_cast<char>(state >> 32);
  }
  return out;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

int in_child(const std::function<int()>& work) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void become_nobody() {
  constexpr unsigned nobody = 65534;
  if (::geteuid() == 0 && (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0))
    ::_exit(99);
}

}  // namespace cache_test
