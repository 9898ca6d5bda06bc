#include "simulation/disk.hpp"

#include <cerrno>
#include <utility>

namespace outmap::simulation {
namespace fs = std::filesystem;

namespace {

const char* name_of(disk::what kind) {
  using what = disk::what;
  switch (kind) {
    case what::write: return "write";
    case what::truncate: return "truncate";
    case what::punch: return "punch";
    case what::sync: return "sync";
    case what::sync_folder: return "sync folder";
    case what::sync_all: return "sync all";
    case what::create: return "create";
    case what::make_folder: return "make folder";
    case what::rename: return "rename";
    case what::link: return "link";
    case what::unlink: return "unlink";
  }
  return "";
}

}  // namespace

disk* disk::running_ = nullptr;

disk::disk(machine& on, const fs::path& folder) : on_(on), folder_(fs::canonical(folder)) {
  model_.emplace(folder_);
  running_ = this;
}

disk::~disk() {
  running_ = nullptr;
  if (left_) fs::remove_all(*left_);
}

std::optional<std::string> disk::inside(const std::string& path) const {
  if (!path.starts_with(folder_.native() + '/')) return std::nullopt;
  return path.substr(folder_.native().size() + 1);
}

int disk::begin(what kind) {
  if (on_.whose() != party::client) return 0;
  if (strike && !ended_) strike();
  if (ended_) return EIO;
  const bool syncs = kind == what::sync || kind == what::sync_folder || kind == what::sync_all;
  on_.sleep(instant(std::chrono::microseconds(syncs ? 100 + on_.below(8000) : on_.below(60))));
  return ended_ ? EIO : fault_of(kind);
}

int disk::fault_of(what kind) {
  const bool takes_room =
      kind == what::write || kind == what::create || kind == what::make_folder || kind == what::link;
  if (trouble.count == 0 || (trouble.code == ENOSPC && !takes_room)) return 0;
  if (trouble.after > 0) {
    --trouble.after;
    return 0;
  }
  --trouble.count;
  on_.trace().note(on_.now(), std::string(name_of(kind)) + " fails");
  return trouble.code;
}

std::size_t disk::writable(std::size_t size) {
  const bool last_room = on_.whose() == party::client && !ended_ && trouble.code == ENOSPC && trouble.count > 0 &&
                         trouble.after == 0 && size > 1;
  return last_room ? 1 + on_.below(size - 1) : size;
}

void disk::done(what kind, const std::string& path, std::uint64_t file, std::uint64_t at, std::uint64_t size,
                std::string_view octets) {
  if (ended_) return;
  on_.trace().note(on_.now(), std::string(name_of(kind)) + ' ' + inside(path).value_or(".") + ' ' + std::to_string(at),
                   kind == what::rename || kind == what::link ? inside(std::string(octets)).value_or("") : octets);
  test::gate_record r;
  r.kind = kind;
  r.file = file;
  r.at = at;
  r.size = size;
  model_->apply(r, path, std::string(octets));
}

void disk::end_program(bool power) {
  if (std::exchange(ended_, true)) return;
  on_.trace().note(on_.now(), power ? "power" : "killed");
  left_ = folder_.native() + ".left";
  fs::remove_all(*left_);
  fs::create_directories(*left_);
  if (!power) {
    fs::copy(folder_, *left_, fs::copy_options::recursive);
    return;
  }
  std::mt19937_64 random(on_.below(UINT64_MAX));
  model_->cut(random, *left_);
}

void disk::begin_anew() {
  if (!std::exchange(ended_, false)) return;
  model_.reset();
  running_ = nullptr;
  for (const auto& e : fs::directory_iterator(folder_)) fs::remove_all(e);
  fs::copy(*left_, folder_, fs::copy_options::recursive);
  fs::remove_all(*left_);
  left_.reset();
  // What SQLite shares between processes is memory, and goes with them.
  for (const auto& e : fs::directory_iterator(folder_)) {
    if (e.path().native().ends_with("-shm")) fs::remove(e);
  }
  model_.emplace(folder_);
  running_ = this;
}

}  // namespace outmap::simulation
