#include "cli/test_results.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "cli/small_file.hpp"

namespace outmap::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 1000;
constexpr std::size_t longest_file = 1U << 20;
constexpr std::size_t longest_line = 4096;
constexpr std::string_view first_line = "outmap-test-results 1";
constexpr std::array verdicts = {verdict::skipped, verdict::passed, verdict::failed};

std::string key(std::string_view file, std::string_view test_case) {
  std::string out(file);
  out += '\t';
  out += test_case;
  return out;
}

tl::unexpected<error> bad(const fs::path& file, std::string_view what) {
  return fail(errc::config_invalid, printable(file.string(), longest_line) + ": " + std::string(what));
}

result<std::vector<fs::path>> result_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code problem;
  for (fs::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code unreadable;
    if (at->path().extension() != ".results" || !at->is_regular_file(unreadable)) continue;
    if (out.size() == most_files) return bad(folder, "has over " + std::to_string(most_files) + " files of results");
    out.push_back(at->path());
  }
  const std::string name = printable(folder.string(), longest_line);
  if (problem) return fail(errc::file_error, name + ": " + problem.message());
  if (out.empty()) return fail(errc::file_error, name + ": no file of results is in it");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string_view name_of(verdict v) noexcept {
  switch (v) {
    case verdict::skipped: return "skipped";
    case verdict::passed: return "passed";
    case verdict::failed: return "failed";
  }
  return {};
}

result<test_results> test_results::read(const fs::path& folder) {
  const auto files = result_files(folder);
  if (!files) return tl::unexpected(files.error());
  test_results out;
  for (const auto& file : *files) {
    if (auto ok = out.add_file(file); !ok) return tl::unexpected(ok.error());
  }
  return out;
}

result<void> test_results::add_file(const fs::path& file) {
  const auto content = read_small_file(file, longest_file);
  if (!content) return tl::unexpected(content.error());
  const std::string_view text = content->octets;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    // A program that was killed may leave half a line behind.
    if (end == std::string_view::npos) break;
    const auto line = text.substr(begin, end - begin);
    const std::string where = "line " + std::to_string(++number) + ": ";
    if (line.size() > longest_line) return bad(file, where + "is over " + std::to_string(longest_line) + " octets");
    if (number == 1) {
      if (line != first_line) return bad(file, "is no file of results");
    } else if (auto ok = add_line(line); !ok) {
      return bad(file, where + ok.error().detail);
    }
    begin = end + 1;
  }
  if (number == 0) return bad(file, "is no file of results");
  return {};
}

result<void> test_results::add_line(std::string_view line) {
  const auto tab = line.find('\t');
  const auto word = line.substr(0, tab);
  const auto* const found =
      std::find_if(verdicts.begin(), verdicts.end(), [&](verdict v) { return name_of(v) == word; });
  if (tab == std::string_view::npos || found == verdicts.end()) {
    return fail(errc::config_invalid, "does not begin with passed, failed or skipped");
  }
  const auto test = line.substr(tab + 1);
  if (std::count(test.begin(), test.end(), '\t') != 1)
    return fail(errc::config_invalid, "is not verdict, file and name");
  const auto [at, added] = verdicts_.emplace(test, *found);
  if (!added) at->second = std::max(at->second, *found);
  return {};
}

std::optional<verdict> test_results::of(std::string_view file, std::string_view test_case) const {
  const auto at = verdicts_.find(key(file, test_case));
  if (at == verdicts_.end()) return std::nullopt;
  return at->second;
}

}  // namespace outmap::cli
