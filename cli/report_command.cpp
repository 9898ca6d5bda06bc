// outmap report: what the backups of the accounts have done.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "cli/account_source.hpp"
#include "cli/backup_json.hpp"
#include "cli/command.hpp"
#include "cli/quantity.hpp"
#include "cli/report_page.hpp"
#include "outmap/backup.hpp"
#include "outmap/store.hpp"

namespace outmap::cli {
namespace {

class report_command final : public command {
 public:
  std::string_view name() const override { return "report"; }
  std::string_view summary() const override { return "Show the runs of the backups, as a page to look at"; }
  std::string_view examples() const override {
    return "Reads the records that `outmap backup` has left in the caches: no network, no password. The page is one\n"
           "file that loads nothing from elsewhere.\n\n"
           "Examples:\n"
           "  outmap report                                # the last run of each account\n"
           "  outmap report --html /srv/www/backups.html   # all accounts of the configuration file\n"
           "  outmap report --account work --runs 30 --json";
  }
  bool uses_network() const override { return false; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  std::optional<std::string> html_;
  std::size_t runs_ = 100;
};

void report_command::declare(CLI::App& app) {
  app.add_option("--html", html_, "Write a page into this file")->type_name("FILE")->group("Report")->take_last();
  app.add_option("--runs", runs_, "At most so many runs of an account, the last ones (default 100)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->group("Report")
      ->take_last();
}

// 0 or an errno.
int write_to(const std::filesystem::path& file, std::string_view octets, bool is_file) {
  // What stands there already is of a run that was killed, or a link that leads elsewhere.
  if (is_file && ::unlink(file.c_str()) != 0 && errno != ENOENT) return errno;
  const int how = O_WRONLY | O_CREAT | O_CLOEXEC | (is_file ? O_EXCL | O_NOFOLLOW : O_TRUNC);
  const int out = ::open(file.c_str(), how, 0666);
  if (out < 0) return errno;
  int problem = 0;
  while (!octets.empty() && problem == 0) {
    const auto written = ::write(out, octets.data(), octets.size());
    if (written < 0 && errno != EINTR) problem = errno;
    // A device that takes nothing would be asked for ever.
    if (written == 0) problem = EIO;
    if (written > 0) octets.remove_prefix(static_cast<std::size_t>(written));
  }
  if (problem == 0 && is_file && ::fsync(out) != 0) problem = errno;
  if (::close(out) != 0 && problem == 0) problem = errno;
  return problem;
}

// A reader of the page sees the old one or the new one. What a link leads to is replaced and not the link, and what is
// no file (a pipe, /dev/stdout) is written to. A link that somebody laid beside the page, where the new one is written,
// leads nowhere.
result<void> write_page(const std::filesystem::path& named, const std::string& page) {
  std::error_code problem;
  const auto target = std::filesystem::canonical(named, problem);
  const auto file = problem ? named : target;
  const bool is_file = !std::filesystem::exists(file, problem) || std::filesystem::is_regular_file(file, problem);
  const auto written_to = is_file ? std::filesystem::path(file) += ".new" : file;
  if (const int failed = write_to(written_to, page, is_file); failed != 0) {
    if (is_file) std::filesystem::remove(written_to, problem);
    const bool full = failed == ENOSPC || failed == EDQUOT || failed == EFBIG;
    return fail(full ? errc::disk_full : errc::file_error,
                file.string() + ": " + std::generic_category().message(failed));
  }
  if (is_file) std::filesystem::rename(written_to, file, problem);
  if (is_file && problem) return fail(errc::file_error, file.string() + ": " + problem.message());
  return {};
}

reported_account read_account(const chosen_cache& cache, std::size_t most, std::optional<error>& problem) {
  reported_account out;
  out.name = cache.account.empty() ? cache.file.filename().string() : cache.account;
  out.cache = cache.file.string();
  auto runs = backup_runs(cache.file, most);
  if (!runs) {
    problem = runs.error();
  } else {
    out.runs = std::move(*runs);
    // What was backed up is worth little once it cannot be read.
    if (const auto opened = store::open(cache.file); !opened) problem = opened.error();
  }
  if (problem) out.problem = sentence(*problem);
  return out;
}

void tell(const reported_account& one, surroundings& with) {
  for (const auto& r : one.runs) {
    json event = {{"account", one.name}};
    event.update(json_of(r));
    with.out.event("run", event);
  }
  const auto name = printable(one.name, 256);
  if (one.runs.empty()) {
    if (one.problem.empty()) with.out.print(name + ": no backup yet");
    return;
  }
  const auto& last = one.runs.back();
  const auto failed =
      last.failed_folders == 0 ? "" : ", " + counted(last.failed_folders, "failed folder", "failed folders");
  with.out.print(fmt::format("{}: {} {}: {}, {}; {} new{}{}", name, local_time_text(last.ended_at),
                             printable(last.outcome, 100), counted(last.held_messages, "message", "messages"),
                             octets_text(last.held_octets), last.added, failed,
                             last.problem.empty() ? "" : "; " + printable(last.problem, 300)));
}

outcome report_command::run(surroundings& with) {
  if (html_ && html_->empty()) return outcome::of(error(errc::invalid_argument, "--html: the value is empty"));
  const auto caches = choose_caches(with.options, how_many::all);
  if (!caches) return outcome::of(caches.error());
  std::vector<reported_account> accounts;
  std::optional<error> only;
  std::uint64_t unread = 0;
  for (const auto& cache : *caches) {
    if (with.stop.requested()) return outcome::of(error(errc::cancelled));
    std::optional<error> problem;
    accounts.push_back(read_account(cache, runs_, problem));
    const auto& one = accounts.back();
    if (problem && caches->size() > 1)
      with.out.failure(printable(one.name, 256) + ": " + one.problem, advice(problem->code));
    tell(one, with);
    if (!problem) continue;
    ++unread;
    with.out.event("account", {{"account", one.name}, {"error", json_of(*problem, advice(problem->code))}});
    only = std::move(problem);
  }
  if (html_) {
    if (auto written = write_page(*html_, report_page(accounts, std::time(nullptr))); !written)
      return outcome::of(written.error());
    with.out.report("written to " + printable(*html_, 4096));
  }
  outcome out;
  if (unread > 0 && accounts.size() == 1) {
    out = outcome::of(std::move(*only));
  } else if (unread > 0) {
    out = outcome::of(error(errc::incomplete, counted(unread, "cache", "caches") + " could not be read"));
    out.told = true;
  }
  out.counts = {{"accounts", accounts.size()}, {"unread", unread}};
  return out;
}

}  // namespace

std::unique_ptr<command> make_report_command() { return std::make_unique<report_command>(); }

}  // namespace outmap::cli
