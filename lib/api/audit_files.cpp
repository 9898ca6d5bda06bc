// Finds, pairs and opens the files of an audit.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "outmap/audit.hpp"

namespace outmap {
namespace {

namespace fs = std::filesystem;

class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  ~open_file() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<error> unreadable(const fs::path& file, int why) {
  return fail(errc::file_error, file.string() + ": " + std::generic_category().message(why));
}

result<audit_stream> opened(const fs::path& file) {
  const bool standard_input = file == "-";
  const int descriptor = standard_input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return unreadable(file, errno);
  auto held = std::make_shared<open_file>(descriptor);
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return unreadable(file, errno);
  if (S_ISDIR(facts.st_mode)) return unreadable(file, EISDIR);
  auto read = [held, file](std::span<char> into) -> result<std::size_t> {
    while (true) {
      const auto got = ::read(held->descriptor(), into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return unreadable(file, errno);
    }
  };
  return audit_stream{standard_input ? "standard input" : file.string(), std::move(read)};
}

struct rawlog_pair {
  fs::path client;
  fs::path server;
};

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

result<void> audit_pair(auditor& to, const rawlog_pair& pair, bool client_named, bool server_named) {
  std::optional<audit_stream> halves[2];
  const fs::path* const files[2] = {&pair.client, &pair.server};
  const bool named[2] = {client_named, server_named};
  for (int i = 0; i < 2; ++i) {
    if (!named[i] && !is_there(*files[i])) continue;
    auto stream = opened(*files[i]);
    if (!stream) return tl::unexpected(stream.error());
    halves[i] = std::move(*stream);
  }
  return to.rawlog(std::move(halves[0]), std::move(halves[1]));
}

}  // namespace

result<audit_summary> audit_files(std::span<const fs::path> files, const audit_options& options, audit_observer& to) {
  auditor judge(options, to);
  std::vector<fs::path> done;
  for (const auto& file : files) {
    const auto kind = file.extension();
    result<void> ok;
    if (kind == ".in" || kind == ".out") {
      auto stem = file;
      stem.replace_extension();
      if (std::find(done.begin(), done.end(), stem) != done.end()) continue;
      done.push_back(stem);
      const rawlog_pair pair{stem.string() + ".in", stem.string() + ".out"};
      const auto named = [&](const fs::path& half) {
        return std::find(files.begin(), files.end(), half) != files.end();
      };
      ok = audit_pair(judge, pair, named(pair.client), named(pair.server));
    } else {
      auto stream = opened(file);
      ok = stream ? judge.transcript(std::move(*stream)) : tl::unexpected(stream.error());
    }
    if (!ok) return tl::unexpected(ok.error());
  }
  return judge.summary();
}

}  // namespace outmap
