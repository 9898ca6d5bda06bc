#include "archive/mbox_export.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <vector>

#include "archive/mbox.hpp"

namespace outmap::archive {
namespace {

constexpr std::size_t piece = std::size_t{256} << 10;

/// The mbox and the note of its size, both in one directory.
class growing_mbox {
 public:
  growing_mbox(const directory* where, const std::filesystem::path& folder, const std::string& name)
      : where_(where), file_(folder / (name + ".mbox")), note_(folder / ("." + name + ".mbox.growing")) {}

  result<void> open();
  /// Calls take(message) with each one that is there.
  result<void> read(const mbox_reader::taker& take);
  /// All of it or, where that fails, nothing.
  result<void> append(std::string_view octets);
  /// Everything is on the disk.
  result<void> finish();

 private:
  [[nodiscard]] tl::unexpected<error> failed(const char* what) const {
    return tl::unexpected(system_error(errno, file_, what));
  }
  result<void> undo_unfinished();
  result<void> begin_to_grow();

  const directory* where_;  // none: it is only looked at
  std::filesystem::path file_;
  std::filesystem::path note_;
  descriptor handle_;
  off_t size_ = 0;
  bool grows_ = false;
  bool whole_ = true;
};

result<void> growing_mbox::open() {
  const int how = where_ == nullptr ? O_RDONLY : O_RDWR | O_CREAT;
  handle_ = descriptor(::open(file_.c_str(), how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (handle_.number() < 0 && where_ == nullptr && errno == ENOENT) return {};
  if (handle_.number() < 0) return failed("cannot be opened");
  struct stat status {};
  if (::fstat(handle_.number(), &status) != 0) return failed("cannot be read");
  if (!S_ISREG(status.st_mode)) return fail(errc::wrong_format, file_.string() + ": not a regular file");
  size_ = status.st_size;
  return undo_unfinished();
}

result<void> growing_mbox::undo_unfinished() {
  const descriptor note(::open(note_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (note.number() < 0) return {};
  char text[32] = {};
  const auto got = ::read(note.number(), text, sizeof text - 1);
  const auto before = got > 0 ? std::strtoll(text, nullptr, 10) : -1;
  // A note that is not whole was written before the file grew.
  const bool whole = got > 0 && text[got - 1] == '\n';
  if (whole && before >= 0 && before < size_) {
    if (where_ != nullptr && ::ftruncate(handle_.number(), before) != 0) return failed("cannot be cut");
    size_ = before;
  }
  if (where_ != nullptr) ::unlink(note_.c_str());
  return {};
}

result<void> growing_mbox::read(const mbox_reader::taker& take) {
  mbox_reader reader(take);
  std::vector<char> buffer(piece);
  off_t at = 0;
  while (at < size_) {
    const auto got = ::pread(handle_.number(), buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot be read");
    if (got == 0) break;
    at += got;
    if (auto fed = reader.feed({buffer.data(), static_cast<std::size_t>(got)}); !fed) {
      return fail(fed.error().code, file_.string() + ": " + fed.error().detail);
    }
  }
  return reader.finish();
}

result<void> growing_mbox::begin_to_grow() {
  const auto text = std::to_string(size_) + '\n';
  const descriptor note(::open(note_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  const bool written = note.number() >= 0 &&
                       ::write(note.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(note.number()) == 0;
  if (!written) return tl::unexpected(system_error(errno, note_, "cannot be written"));
  if (auto kept = where_->sync(); !kept) return kept;
  grows_ = true;
  // What another program left without an end of its last line is not to become one with ours.
  char last = '\n';
  if (size_ > 0 && ::pread(handle_.number(), &last, 1, size_ - 1) == 1 && last != '\n') return append("\n\n");
  return {};
}

result<void> growing_mbox::append(std::string_view octets) {
  if (where_ == nullptr) return {};
  if (!grows_) {
    if (auto begun = begin_to_grow(); !begun) return begun;
  }
  const auto before = size_;
  while (!octets.empty()) {
    const auto written = ::pwrite(handle_.number(), octets.data(), octets.size(), size_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      auto why = failed("cannot be written");
      // Else the note stays, and the next export takes away all that this one wrote.
      whole_ = ::ftruncate(handle_.number(), before) == 0;
      size_ = before;
      return why;
    }
    size_ += written;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

result<void> growing_mbox::finish() {
  if (!grows_ || !whole_) return {};
  if (::fsync(handle_.number()) != 0) return failed("cannot be written");
  if (::unlink(note_.c_str()) != 0) return failed("cannot be finished");
  return where_->sync();
}

}  // namespace

result<void> export_mbox(cache::reader& from, cache::folder_id folder, const std::vector<wanted_message>& messages,
                         const directory* where, const std::filesystem::path& folder_path, const std::string& name,
                         const std::atomic<bool>& stop, export_report& report, const std::function<void()>& step) {
  growing_mbox file(where, folder_path, name);
  if (auto opened = file.open(); !opened) return opened;
  std::map<cache::digest, std::uint64_t> there;
  auto read = file.read([&](mbox_message&& one) {
    if (const auto sum = mbox_sum(one.text)) ++there[*sum];
    return !stop;
  });
  if (!read) return read;
  for (const auto& m : messages) {
    if (stop) break;
    std::string text;
    const auto got = from.body(folder, m.uid, [&](std::string_view part) {
      text += part;
      return text.size() <= mbox_reader::longest_message;
    });
    const bool too_long = text.size() > mbox_reader::longest_message;
    const auto sum = mbox_sum(text);
    if (!sum) return tl::unexpected(sum.error());
    if (!got || too_long) {
      error why = got ? error(errc::limit_exceeded, "over 256 MiB: too large for an mbox") : got.error();
      // Expunged meanwhile.
      if (why.code == errc::no_such_message) continue;
      why.detail = name + " UID " + std::to_string(m.uid.value) + ": " + why.detail;
      why.reach = scope::message;
      report.failures.push_back(std::move(why));
      continue;
    }
    if (const auto at = there.find(*sum); at != there.end() && at->second > 0) {
      --at->second;
      ++report.unchanged;
    } else {
      const auto entry = mbox_entry(text, m.flags, m.date);
      if (auto written = file.append(entry); !written) {
        // What came before it is whole, and stays.
        (void)file.finish();
        return written;
      }
      ++report.written;
      if (where != nullptr) report.octets += entry.size();
    }
    step();
  }
  auto finished = file.finish();
  if (finished && stop) return fail(errc::cancelled);
  return finished;
}

}  // namespace outmap::archive
