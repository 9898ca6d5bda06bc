#include "cache/run_chain.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <string_view>
#include <system_error>
#include <variant>

#include "cache/segment.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_line = std::size_t{1} << 20;

// An octet of a file that is none of ours makes a fault of many.
constexpr std::size_t most_faults = 1000;

bool is_seal(const run_entry& e) { return std::holds_alternative<seal>(e.what); }

}  // namespace

const run_entry* run_chain::last_seal() const {
  const auto at = std::find_if(entries.rbegin(), entries.rend(), is_seal);
  return at == entries.rend() ? nullptr : &*at;
}

bool run_chain::is_sealed() const { return !entries.empty() && is_seal(entries.back()); }

fs::path runs_of(const fs::path& cache_file) { return cache_file.native() + ".runs"; }

result<run_chain> read_runs(const fs::path& file) {
  run_chain out;
  std::error_code problem;
  if (!fs::exists(fs::symlink_status(file, problem))) return out;
  if (!fs::is_regular_file(fs::symlink_status(file, problem)))
    return fail(errc::file_error, file.string() + ": not a regular file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(errc::file_error, file.string() + ": cannot be read");
  std::string line;
  for (std::uint64_t number = 1; in.peek() != std::ifstream::traits_type::eof(); ++number) {
    line.clear();
    int c = 0;
    while (line.size() <= longest_line && (c = in.get()) != std::ifstream::traits_type::eof() && c != '\n')
      line += static_cast<char>(c);
    const auto named = file.filename().string() + ", line " + std::to_string(number);
    if (c != '\n') {
      out.faults.push_back(named + ": does not end as it was written");
      return out;
    }
    out.whole_octets += line.size() + 1;
    auto one = entry_from(line);
    if (!one) {
      if (out.faults.size() < most_faults) out.faults.push_back(named + ": is not as it was written");
      continue;
    }
    const bool follows = out.entries.empty()
                             ? one->number == 1 && one->previous == digest{}
                             : one->number == out.entries.back().number + 1 && one->previous == out.entries.back().sum;
    if (!follows && out.faults.empty()) out.faults.push_back(named + ": does not follow the line before it");
    out.entries.push_back(std::move(*one));
  }
  return out;
}

result<void> append_run(const fs::path& file, const run_chain& to, run_entry& what) {
  what.number = to.entries.empty() ? 1 : to.entries.back().number + 1;
  what.previous = to.entries.empty() ? digest{} : to.entries.back().sum;
  auto line = line_of(what);
  if (!line) return tl::unexpected(line.error());
  what.sum = *digest_from_hex(std::string_view(*line).substr(line->size() - 64));
  *line += '\n';
  const descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return file_failure(file, errno, errc::file_error);
  if (::ftruncate(out.get(), static_cast<off_t>(to.whole_octets)) != 0)
    return file_failure(file, errno, errc::file_error);
  std::string_view rest = *line;
  auto at = static_cast<off_t>(to.whole_octets);
  while (!rest.empty()) {
    const auto written = ::pwrite(out.get(), rest.data(), rest.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_failure(file, written < 0 ? errno : ENOSPC, errc::file_error);
    at += written;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(out.get()) != 0) return file_failure(file, errno, errc::file_error);
  const descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
  return {};
}

result<void> note_opened(const fs::path& cache_file) {
  const auto chain = read_runs(runs_of(cache_file));
  if (!chain) return tl::unexpected(chain.error());
  if (!chain->is_sealed()) return {};
  run_entry now;
  now.at = static_cast<std::int64_t>(std::time(nullptr));
  return append_run(runs_of(cache_file), *chain, now);
}

result<void> put_runs_aside(const fs::path& cache_file) {
  const auto runs = runs_of(cache_file);
  std::error_code problem;
  fs::rename(runs, runs.native() + ".old", problem);
  if (problem && problem != std::errc::no_such_file_or_directory)
    return file_failure(runs, problem.value(), errc::file_error);
  return {};
}

}  // namespace outmap::cache
