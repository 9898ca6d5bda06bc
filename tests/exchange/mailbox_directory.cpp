#include "mailbox_directory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include <sys/stat.h>

namespace outmap::exchange {

namespace {

namespace fs = std::filesystem;

result<message> read_message(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  struct ::stat about {};
  if (!in || ::stat(file.c_str(), &about) != 0) return fail(errc::file_error, "cannot read " + file.string());
  message m;
  m.octets = std::make_shared<const std::string>(with_crlf(text));
  m.date.unix_seconds = about.st_mtime;
  return m;
}

/// `name` is empty for the root, whose messages belong to INBOX.
result<void> load_folder(const fs::path& from, const std::string& name, mailbox_store& into, loaded& count) {
  std::error_code failed;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(from, failed), end; !failed && it != end; it.increment(failed)) {
    entries.push_back(it->path());
  }
  if (failed) return fail(errc::file_error, "cannot read " + from.string() + ": " + failed.message());
  std::ranges::sort(entries);
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry, failed)) {
      const std::string child = (name.empty() ? name : name + delimiter) + entry.filename().string();
      if (into.create(child) == tree_result::done) ++count.folders;
      into.subscribe(child);
      if (auto done = load_folder(entry, child, into, count); !done) return done;
    } else if (entry.extension() == ".eml") {
      auto m = read_message(entry);
      if (!m) return tl::unexpected(m.error());
      into.add(name.empty() ? "INBOX" : name, *std::move(m));
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
  if (auto done = load_folder(from, {}, into, count); !done) return tl::unexpected(done.error());
  return count;
}

}  // namespace outmap::exchange
