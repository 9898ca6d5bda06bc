#include "cli/trace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <exception>
#include <fstream>
#include <string>
#include <system_error>

namespace outmap::cli {
namespace {

iovec piece(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

tl::unexpected<error> refused(const std::filesystem::path& file, const std::string& why) {
  return fail(errc::file_error, "--trace " + file.string() + ": " + why);
}

bool begins_as_transcript(const std::filesystem::path& file) {
  std::array<char, 7> begin{};
  std::ifstream(file, std::ios::binary).read(begin.data(), begin.size());
  const std::string_view text(begin.data(), begin.size());
  // A remark has a date; other files with '#' have none.
  const bool remark = text.starts_with("# ") && text[6] == '-' &&
                      std::all_of(text.begin() + 2, text.begin() + 6, [](char c) { return c >= '0' && c <= '9'; });
  return remark || text.starts_with("C: ") || text.starts_with("S: ");
}

}  // namespace

result<std::unique_ptr<trace_file>> trace_file::open(const std::filesystem::path& file, bool bodies,
                                                     const redactor& hidden) {
  // O_NONBLOCK: a pipe that nobody reads is an error, not a wait.
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (descriptor < 0) return refused(file, std::generic_category().message(errno));
  std::unique_ptr<trace_file> out(new trace_file(descriptor, bodies, hidden));
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return refused(file, std::generic_category().message(errno));
  if (!S_ISREG(facts.st_mode)) return out;
  if (facts.st_uid != ::geteuid()) return refused(file, "belongs to another user, who could read the trace");
  if (facts.st_size > 0 && !begins_as_transcript(file))
    return refused(file, "holds something else than a trace; name a new file");
  if ((facts.st_mode & 077) != 0 && ::fchmod(descriptor, 0600) != 0)
    return refused(file, "cannot be closed to others: " + std::generic_category().message(errno));
  return out;
}

class trace_file::session_lines final : public trace_sink {
 public:
  session_lines(trace_file& to, std::size_t number)
      : to_(to),
        client_("C" + std::to_string(number) + ": "),
        server_("S" + std::to_string(number) + ": "),
        mark_("[" + std::to_string(number) + "] ") {}

  void client(std::string_view line) noexcept override { to_.write(client_, line); }
  void server(std::string_view line) noexcept override { to_.write(server_, line); }
  void note(std::string_view line) noexcept override { to_.note(mark_, line); }
  [[nodiscard]] bool wants_bodies() const noexcept override { return to_.bodies_; }

 private:
  trace_file& to_;
  std::string client_;
  std::string server_;
  std::string mark_;
};

trace_file::~trace_file() { ::close(descriptor_); }

trace_sink* trace_file::beside(std::size_t number) noexcept {
  try {
    auto& one = beside_[number];
    if (!one) one = std::make_unique<session_lines>(*this, number);
    return one.get();
  } catch (const std::exception&) {
    problem_ = ENOMEM;
    return nullptr;
  }
}

void trace_file::client(std::string_view line) noexcept { write("C: ", line); }
void trace_file::server(std::string_view line) noexcept { write("S: ", line); }

void trace_file::note(std::string_view line) noexcept { note({}, line); }

void trace_file::note(const std::string& mark, std::string_view line) noexcept {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "# %Y-%m-%dT%H:%M:%SZ ", &parts);
  write(time.data() + mark, line);
}

void trace_file::write(std::string_view prefix, std::string_view line) noexcept {
  const std::string text = hidden_.clean(line);
  std::array<iovec, 3> pieces = {piece(prefix), piece(text), piece("\n")};
  std::size_t first = 0;
  while (first < pieces.size() && problem_ == 0) {
    const auto written = ::writev(descriptor_, pieces.data() + first, static_cast<int>(pieces.size() - first));
    if (written < 0 && errno != EINTR) problem_ = errno;
    auto left = static_cast<std::size_t>(written < 0 ? 0 : written);
    while (first < pieces.size() && left >= pieces[first].iov_len) left -= pieces[first++].iov_len;
    if (first < pieces.size()) {
      pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + left;
      pieces[first].iov_len -= left;
    }
  }
}

}  // namespace outmap::cli
