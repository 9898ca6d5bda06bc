#include "archive/import_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/directory.hpp"
#include "archive/folder_paths.hpp"
#include "archive/import_names.hpp"
#include "archive/mbox.hpp"
#include "cache/folder_names.hpp"

namespace outmap::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t deepest = 64;
constexpr std::string_view too_deep = "more than 64 levels of folders";
constexpr std::size_t piece = std::size_t{256} << 10;
using levels = std::vector<std::string>;

struct found_entries {
  std::vector<std::string> files;
  std::vector<std::string> folders;
};

// A name that is no UTF-8 is refused where the mailbox is made.
class import_reader {
 public:
  import_reader(export_format format, const import_taker& take) : format_(format), take_(take) {}

  result<void> run(const fs::path& from);

 private:
  result<found_entries> entries_of(const fs::path& folder) const;
  bool read_eml_folder(const fs::path& folder, levels& name);
  bool read_maildir_folder(const fs::path& folder, levels& name);
  bool read_maildirpp(const fs::path& folder, std::vector<std::string>& folders, const levels& name);
  bool read_maildir(const fs::path& folder);
  bool read_mbox_folder(const fs::path& folder, levels& name);
  bool read_mbox(const fs::path& file, const levels& name);
  bool read_message(const fs::path& file, const flag_set& flags);
  bool each_folder(const fs::path& folder, const found_entries& in, levels& name,
                   bool (import_reader::*read)(const fs::path&, levels&));
  bool give(imported_message&& one);
  void failed(errc code, const fs::path& file, std::string_view why) {
    take_.failure(error(code, file.string() + ": " + std::string(why)));
  }

  export_format format_;
  const import_taker& take_;
  // Told with its first message: a file of another format leaves no mailbox behind.
  std::optional<levels> mailbox_;
};

std::string without_suffix(const std::string& name, std::string_view suffix) {
  return name.substr(0, name.size() - suffix.size());
}

bool has_suffix(std::string_view name, std::string_view suffix) {
  if (name.size() <= suffix.size()) return false;
  return std::equal(suffix.begin(), suffix.end(), name.end() - static_cast<std::ptrdiff_t>(suffix.size()),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

flag_set flags_of_name(std::string_view name) {
  flag_set out;
  const auto at = name.rfind(":2,");
  if (at == std::string_view::npos) return out;
  for (const char c : name.substr(at + 3)) {
    if (c == 'S') out.set(system_flag::seen);
    if (c == 'R') out.set(system_flag::answered);
    if (c == 'F') out.set(system_flag::flagged);
    if (c == 'T') out.set(system_flag::deleted);
    if (c == 'D') out.set(system_flag::draft);
  }
  return out;
}

}  // namespace

std::string with_crlf(std::string text) {
  const auto bare = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  std::string out;
  out.reserve(text.size() + bare);
  char before = 0;
  for (const char c : text) {
    if (c == '\n' && before != '\r') out += '\r';
    out += c;
    before = c;
  }
  return out;
}

bool looks_like_message(std::string_view text) {
  if (text.starts_with("From ")) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  std::size_t name = 0;
  while (name < text.size() && text[name] > ' ' && text[name] < 127 && text[name] != ':') ++name;
  return name > 0 && name < 256 && name < text.size() && text[name] == ':';
}

result<found_entries> import_reader::entries_of(const fs::path& folder) const {
  found_entries out;
  const auto names = cache::names_in(folder);
  if (!names) return tl::unexpected(names.error());
  for (const auto& name : *names) {
    std::error_code gone;
    const auto kind = fs::symlink_status(folder / name, gone).type();
    if (kind == fs::file_type::regular) out.files.push_back(name);
    if (kind == fs::file_type::directory) out.folders.push_back(name);
  }
  std::sort(out.files.begin(), out.files.end());
  std::sort(out.folders.begin(), out.folders.end(), comes_before);
  return out;
}

bool import_reader::each_folder(const fs::path& folder, const found_entries& in, levels& name,
                                bool (import_reader::*read)(const fs::path&, levels&)) {
  for (const auto& sub : in.folders) {
    if (name.size() >= deepest) {
      failed(errc::limit_exceeded, folder / sub, too_deep);
      continue;
    }
    name.push_back(sub);
    const bool more = (this->*read)(folder / sub, name);
    name.pop_back();
    if (!more) return false;
  }
  return true;
}

bool import_reader::give(imported_message&& one) {
  if (mailbox_ && !take_.mailbox(*std::exchange(mailbox_, std::nullopt))) return false;
  return take_.message(std::move(one));
}

bool import_reader::read_message(const fs::path& file, const flag_set& flags) {
  if (take_.names_only) return !mailbox_ || take_.mailbox(*std::exchange(mailbox_, std::nullopt));
  const descriptor in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (in.number() < 0 || ::fstat(in.number(), &status) != 0) {
    failed(errc::file_error, file, std::generic_category().message(errno));
    return true;
  }
  if (status.st_size > static_cast<off_t>(largest_import)) {
    failed(errc::limit_exceeded, file, "over 256 MiB");
    return true;
  }
  imported_message out;
  out.text.reserve(static_cast<std::size_t>(status.st_size));
  std::vector<char> buffer(piece);
  while (out.text.size() <= largest_import) {
    const auto got = ::read(in.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      failed(errc::file_error, file, std::generic_category().message(errno));
      return true;
    }
    if (got == 0) break;
    out.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (out.text.size() > largest_import || !looks_like_message(out.text)) {
    failed(errc::wrong_format, file, "it does not begin as a message does");
    return true;
  }
  if (out.text.starts_with("From ")) out.text.erase(0, out.text.find('\n') + 1);
  out.text = with_crlf(std::move(out.text));
  out.flags = flags;
  out.date = internal_date{status.st_mtime, 0};
  return give(std::move(out));
}

bool import_reader::read_eml_folder(const fs::path& folder, levels& name) {
  const auto entries = entries_of(folder);
  if (!entries) {
    take_.failure(entries.error());
    return true;
  }
  mailbox_ = name;
  for (const auto& file : entries->files) {
    if (has_suffix(file, ".eml") && !read_message(folder / file, {})) return false;
  }
  mailbox_.reset();
  return each_folder(folder, *entries, name, &import_reader::read_eml_folder);
}

bool import_reader::read_maildir(const fs::path& folder) {
  if (take_.names_only) return true;
  for (const char* part : {"cur", "new"}) {
    const auto entries = entries_of(folder / part);
    if (!entries) {
      take_.failure(entries.error());
      continue;
    }
    for (const auto& file : entries->files) {
      if (file.starts_with('.')) continue;
      if (!read_message(folder / part / file, flags_of_name(file))) return false;
    }
  }
  return true;
}

bool import_reader::read_maildir_folder(const fs::path& folder, levels& name) {
  auto entries = entries_of(folder);
  if (!entries) {
    take_.failure(entries.error());
    return true;
  }
  auto& folders = entries->folders;
  const auto has = [&](const char* part) { return std::find(folders.begin(), folders.end(), part) != folders.end(); };
  const bool is_maildir = has("cur") && has("new");
  if (is_maildir) {
    if (!take_.mailbox(name) || !read_maildir(folder)) return false;
    std::erase_if(folders, [](const std::string& f) { return f == "cur" || f == "new" || f == "tmp"; });
  }
  if ((is_maildir || name.empty()) && !read_maildirpp(folder, folders, name)) return false;
  return each_folder(folder, *entries, name, &import_reader::read_maildir_folder);
}

// ".Level.Level" beside cur and new, or where there is no INBOX. Takes these from `folders`.
bool import_reader::read_maildirpp(const fs::path& folder, std::vector<std::string>& folders, const levels& name) {
  std::vector<std::string> others;
  for (const auto& sub : folders) {
    if (!sub.starts_with('.')) {
      others.push_back(sub);
      continue;
    }
    if (sub.size() < 2) continue;
    auto below = name;
    const auto levels_below = levels_of_maildirpp(sub);
    below.insert(below.end(), levels_below.begin(), levels_below.end());
    if (below.size() > deepest) {
      failed(errc::limit_exceeded, folder / sub, too_deep);
      continue;
    }
    if (!read_maildir_folder(folder / sub, below)) return false;
  }
  folders = std::move(others);
  return true;
}

bool import_reader::read_mbox(const fs::path& file, const levels& name) {
  if (take_.names_only) return take_.mailbox(name);
  const descriptor in(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (in.number() < 0) {
    failed(errc::file_error, file, std::generic_category().message(errno));
    return true;
  }
  mailbox_ = name;
  bool sound = true;
  mbox_reader reader([&](mbox_message&& one) {
    if (!looks_like_message(one.text)) {
      sound = false;
      failed(errc::wrong_format, file, "a message in it does not begin with a header");
      return true;
    }
    return give({with_crlf(std::move(one.text)), one.flags, one.date});
  });
  std::vector<char> buffer(piece);
  result<void> done;
  while (done && !reader.stopped()) {
    const auto got = ::read(in.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) done = fail(errc::file_error, std::generic_category().message(errno));
    if (got <= 0) break;
    done = reader.feed({buffer.data(), static_cast<std::size_t>(got)});
  }
  if (done) done = reader.finish();
  if (!done) failed(done.error().code, file, done.error().detail);
  // A mailbox without messages is a file without octets.
  const bool empty = std::exchange(mailbox_, std::nullopt).has_value() && sound && done;
  if (empty && !take_.mailbox(name)) return false;
  return !reader.stopped();
}

bool import_reader::read_mbox_folder(const fs::path& folder, levels& name) {
  const auto entries = entries_of(folder);
  if (!entries) {
    take_.failure(entries.error());
    return true;
  }
  std::vector<std::string> boxes;
  for (const auto& file : entries->files) {
    if (has_suffix(file, ".mbox") && !file.starts_with('.')) boxes.push_back(file);
  }
  std::sort(boxes.begin(), boxes.end(), [](const std::string& a, const std::string& b) {
    return comes_before(without_suffix(a, ".mbox"), without_suffix(b, ".mbox"));
  });
  for (const auto& file : boxes) {
    name.push_back(without_suffix(file, ".mbox"));
    const bool more = read_mbox(folder / file, name);
    name.pop_back();
    if (!more) return false;
  }
  return each_folder(folder, *entries, name, &import_reader::read_mbox_folder);
}

result<void> import_reader::run(const fs::path& from) {
  std::error_code problem;
  const auto kind = fs::status(from, problem).type();
  if (kind == fs::file_type::regular && format_ == export_format::mbox) {
    auto name = from.filename().string();
    if (has_suffix(name, ".mbox")) name = without_suffix(name, ".mbox");
    read_mbox(from, {name});
    return {};
  }
  if (kind != fs::file_type::directory) {
    const auto why = problem ? problem.message() : std::string("neither a folder nor a file of that format");
    return fail(errc::file_error, from.string() + ": " + why);
  }
  levels name;
  switch (format_) {
    case export_format::eml: read_eml_folder(from, name); break;
    case export_format::maildir: read_maildir_folder(from, name); break;
    case export_format::mbox: read_mbox_folder(from, name); break;
  }
  return {};
}

result<void> read_import(export_format format, const fs::path& from, const import_taker& take) {
  return import_reader(format, take).run(from);
}

}  // namespace outmap::archive
