#include "archive/batch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <random>

namespace outmap::archive {
namespace {

constexpr std::string_view temporary_start = ".outmap-";
constexpr std::string_view temporary_end = ".part";
constexpr std::size_t random_digits = 16;
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string temporary_name() {
  static_assert(std::random_device::max() == 0xffffffff);
  std::random_device source;
  std::string out(temporary_start);
  for (std::size_t i = 0; i < random_digits / 8; ++i) {
    const auto value = source();
    for (int shift = 28; shift >= 0; shift -= 4) out += hex_digits[value >> shift & 15u];
  }
  return out.append(temporary_end);
}

// A date that the file system cannot hold is no reason to lose the message.
void set_modified(const descriptor& file, const std::optional<internal_date>& date) {
  if (!date) return;
  timespec at{};
  at.tv_sec = static_cast<time_t>(date->unix_seconds);
  const std::array<timespec, 2> times = {at, at};
  [[maybe_unused]] const int ignored = futimens(file.number(), times.data());
}

}  // namespace

bool is_temporary_name(std::string_view name) {
  if (name.size() != temporary_start.size() + random_digits + temporary_end.size()) return false;
  if (!name.starts_with(temporary_start) || !name.ends_with(temporary_end)) return false;
  const auto middle = name.substr(temporary_start.size(), random_digits);
  return middle.find_first_not_of(hex_digits) == std::string_view::npos;
}

batch::~batch() {
  drop();
  for (const auto& file : files_) temporary_->remove(file.name);
}

result<void> batch::begin() {
  drop();
  auto name = temporary_name();
  auto handle = temporary_->create(name);
  if (!handle) return tl::unexpected(std::move(handle.error()));
  open_.emplace(staged{std::move(*handle), std::move(name), 0, {}});
  return {};
}

result<void> batch::append(std::string_view octets) {
  while (!octets.empty()) {
    const auto written = ::write(open_->handle.number(), octets.data(), octets.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(system_error(errno, target_->path(), "a message cannot be written"));
    }
    open_->octets += static_cast<std::uint64_t>(written);
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void batch::finish(file_label label) {
  set_modified(open_->handle, label.date);
  open_->label = std::move(label);
  octets_ += open_->octets;
  files_.push_back(std::move(*open_));
  open_.reset();
}

void batch::drop() noexcept {
  if (!open_) return;
  temporary_->remove(open_->name);
  open_.reset();
}

result<void> batch::give_name(staged& file) const {
  constexpr std::uint32_t most_tries = 1000;
  for (std::uint32_t n = 0; n < most_tries; ++n) {
    auto name = base_name(format_, file.label.date, file.label.key, file.label.copy + n);
    if (format_ == export_format::maildir) name += ":2," + info_letters(file.label.flags);
    const auto moved = temporary_->move(file.name, *target_, name);
    if (!moved) return tl::unexpected(moved.error());
    if (*moved) return {};
  }
  return fail(errc::file_error, target_->path().string() + ": all names for a message are taken");
}

// Removes those that failed from `files`; the error is the first one's.
result<void> batch::sync(std::vector<staged>& files) const {
  if (temporary_->sync_file_system()) return {};
  result<void> outcome;
  std::erase_if(files, [&](const staged& file) {
    if (fdatasync(file.handle.number()) == 0) return false;
    if (outcome) outcome = tl::unexpected(system_error(errno, target_->path(), "a message cannot be written"));
    temporary_->remove(file.name);
    return true;
  });
  return outcome;
}

result<void> batch::publish(const std::function<void(std::uint64_t)>& published) {
  auto files = std::move(files_);
  files_.clear();
  octets_ = 0;
  if (files.empty()) return {};
  auto outcome = sync(files);
  for (auto& file : files) {
    auto named = file.handle.close(target_->path());
    if (named) named = give_name(file);
    if (named) {
      published(file.octets);
    } else {
      temporary_->remove(file.name);
      if (outcome) outcome = tl::unexpected(std::move(named.error()));
    }
  }
  return outcome;
}

}  // namespace outmap::archive
