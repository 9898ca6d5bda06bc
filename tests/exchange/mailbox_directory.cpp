#include "mailbox_directory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include <sys/stat.h>

namespace outmap::exchange {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = std::uintmax_t{256} << 20;
constexpr int deepest_folder = 64;

result<message> read_message(const fs::path& file) {
  struct ::stat about {};
  if (::stat(file.c_str(), &about) != 0) return fail(errc::file_error, "cannot read " + file.string());
  if (static_cast<std::uintmax_t>(about.st_size) > largest_file) {
    return fail(errc::file_error, file.string() + " is larger than 256 MiB");
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(errc::file_error, "cannot read " + file.string());
  message m;
  m.octets = std::make_shared<const std::string>(with_crlf(text));
  m.date.unix_seconds = about.st_mtime;
  return m;
}

/// The letters behind ":2," in the name of a file in a Maildir.
flag_set maildir_flags(const std::string& file_name) {
  flag_set flags;
  const std::size_t info = file_name.rfind(":2,");
  if (info == std::string::npos) return flags;
  for (const char letter : file_name.substr(info + 3)) {
    switch (letter) {
      case 'S': flags.set(system_flag::seen); break;
      case 'R': flags.set(system_flag::answered); break;
      case 'F': flags.set(system_flag::flagged); break;
      case 'T': flags.set(system_flag::deleted); break;
      case 'D': flags.set(system_flag::draft); break;
      default: break;
    }
  }
  return flags;
}

bool is_maildir(const fs::path& folder) {
  std::error_code failed;
  return fs::is_directory(folder / "cur", failed) && fs::is_directory(folder / "new", failed);
}

result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    entries.push_back(it->path());
  }
  if (failed) return fail(errc::file_error, "cannot read " + folder.string() + ": " + failed.message());
  std::ranges::sort(entries);
  return entries;
}

/// The name of the mailbox that a subfolder is. In a Maildir ".A.B" is the mailbox A/B below it (Maildir++).
std::string child_name(const std::string& parent, const fs::path& folder, bool in_maildir) {
  std::string own = folder.filename().string();
  if (in_maildir && own.starts_with('.')) {
    own.erase(0, 1);
    std::ranges::replace(own, '.', delimiter);
  }
  return parent.empty() ? own : parent + delimiter + own;
}

result<void> load_maildir_messages(const fs::path& folder, const std::string& mailbox, mailbox_store& into,
                                   loaded& count);

/// `name` is empty for the root, whose messages belong to INBOX.
result<void> load_folder(const fs::path& from, const std::string& name, mailbox_store& into, loaded& count, int depth) {
  if (depth > deepest_folder) return fail(errc::file_error, from.string() + " lies too deep");
  const auto entries = entries_of(from);
  if (!entries) return tl::unexpected(entries.error());
  const std::string mailbox = name.empty() ? "INBOX" : name;
  const bool maildir = is_maildir(from);
  if (maildir) {
    if (auto done = load_maildir_messages(from, mailbox, into, count); !done) return done;
  }
  std::error_code failed;
  for (const fs::path& entry : *entries) {
    const std::string file = entry.filename().string();
    if (fs::is_directory(entry, failed)) {
      if (maildir && (file == "cur" || file == "new" || file == "tmp")) continue;
      const std::string child = child_name(name, entry, maildir);
      if (into.create(child) == tree_result::done) ++count.folders;
      into.subscribe(child);
      if (auto done = load_folder(entry, child, into, count, depth + 1); !done) return done;
    } else if (entry.extension() == ".eml") {
      auto m = read_message(entry);
      if (!m) return tl::unexpected(m.error());
      into.add(mailbox, *std::move(m));
      ++count.messages;
    }
  }
  return {};
}

result<void> load_maildir_messages(const fs::path& folder, const std::string& mailbox, mailbox_store& into,
                                   loaded& count) {
  for (const char* part : {"cur", "new"}) {
    const auto entries = entries_of(folder / part);
    if (!entries) return tl::unexpected(entries.error());
    for (const fs::path& entry : *entries) {
      std::error_code failed;
      if (entry.filename().string().starts_with('.') || !fs::is_regular_file(entry, failed)) continue;
      auto m = read_message(entry);
      if (!m) return tl::unexpected(m.error());
      m->flags = maildir_flags(entry.filename().string());
      into.add(mailbox, *std::move(m));
      ++count.messages;
    }
  }
  return {};
}

}  // namespace

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

result<loaded> load_mailbox_directory(const fs::path& from, mailbox_store& into) {
  loaded count;
  into.subscribe("INBOX");
  if (auto done = load_folder(from, {}, into, count, 0); !done) return tl::unexpected(done.error());
  return count;
}

}  // namespace outmap::exchange
