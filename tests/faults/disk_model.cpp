#include "faults/disk_model.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "support/temp_dir.hpp"

namespace outmap::test {
namespace fs = std::filesystem;

namespace {

using what = gate_record::what;

constexpr std::size_t sector = 512;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

disk_model::disk_model(const fs::path& root) : root_(fs::canonical(root)) {
  for (const auto& e : fs::recursive_directory_iterator(root_)) {
    if (e.is_directory()) {
      names_[e.path().native()] = folder;
    } else if (e.is_regular_file()) {
      struct stat status {};
      if (::stat(e.path().c_str(), &status) != 0) throw std::runtime_error("stat: " + e.path().string());
      by_number_[status.st_ino] = files_.size();
      names_[e.path().native()] = files_.size();
      files_.push_back({read_file(e.path()), {}});
    }
  }
  durable_names_ = names_;
}

bool disk_model::inside(const std::string& path) const { return path.starts_with(root_.native() + '/'); }

void disk_model::replay(const fs::path& journal) {
  std::ifstream in(journal, std::ios::binary);
  gate_record r;
  while (in.read(reinterpret_cast<char*>(&r), sizeof r)) {
    std::string path(r.path_size, '\0');
    in.read(path.data(), r.path_size);
    std::string octets;
    if (r.kind == what::write || r.kind == what::rename || r.kind == what::link) {
      octets.resize(r.size);
      in.read(octets.data(), static_cast<std::streamsize>(r.size));
    }
    if (!in) throw std::runtime_error("a journal that ends in the middle");
    apply(r, path, std::move(octets));
  }
}

void disk_model::carry_out(const pending& change, std::string& on) {
  switch (change.kind) {
    case what::write:
      if (on.size() < change.at + change.octets.size()) on.resize(change.at + change.octets.size());
      on.replace(change.at, change.octets.size(), change.octets);
      return;
    case what::truncate: on.resize(change.at); return;
    case what::punch:
      if (change.at < on.size()) {
        const auto size = std::min<std::uint64_t>(change.size, on.size() - change.at);
        on.replace(change.at, size, size, '\0');
      }
      return;
    default: return;
  }
}

void disk_model::carry_out(const naming& change, std::map<std::string, std::size_t>& on) {
  switch (change.kind) {
    case what::create:
    case what::make_folder: on[change.path] = change.file; return;
    case what::unlink: on.erase(change.path); return;
    case what::link:
    case what::rename: {
      const auto from = on.find(change.path);
      // The new name in another folder may be on the disk without the old one ever having been.
      on[change.to] = change.file;
      if (change.kind == what::rename && from != on.end()) on.erase(from);
      return;
    }
    default: return;
  }
}

void disk_model::name(naming change) {
  carry_out(change, names_);
  unnamed_.push_back(std::move(change));
}

void disk_model::apply(const gate_record& r, const std::string& path, std::string octets) {
  if (r.kind == what::sync_all) {
    for (auto& f : files_) {
      for (const auto& change : f.waiting) carry_out(change, f.content);
      f.waiting.clear();
    }
    durable_names_ = names_;
    unnamed_.clear();
    return;
  }
  if (r.kind == what::sync_folder) {
    std::vector<naming> others;
    for (auto& change : std::exchange(unnamed_, {})) {
      if (folder_of(change.path) == path || (!change.to.empty() && folder_of(change.to) == path)) {
        carry_out(change, durable_names_);
      } else {
        others.push_back(std::move(change));
      }
    }
    unnamed_ = std::move(others);
    return;
  }
  if (!inside(path)) return;
  switch (r.kind) {
    case what::create:
      by_number_[r.file] = files_.size();
      name({r.kind, path, {}, files_.size()});
      files_.emplace_back();
      return;
    case what::make_folder: return name({r.kind, path, {}, folder});
    case what::unlink: return name({r.kind, path, {}, 0});
    case what::rename:
    case what::link: {
      const auto which = names_.find(path);
      if (which == names_.end()) throw std::runtime_error("renamed, and never made: " + path);
      return name({r.kind, path, octets, which->second});
    }
    default: break;
  }
  const auto number = by_number_.find(r.file);
  if (number == by_number_.end()) throw std::runtime_error("written, and never made: " + path);
  auto& file = files_[number->second];
  if (r.kind == what::sync) {
    for (const auto& change : file.waiting) carry_out(change, file.content);
    file.waiting.clear();
  } else {
    file.waiting.push_back({r.kind, r.at, r.size, std::move(octets)});
  }
}

std::size_t disk_model::unsynced() const {
  std::size_t out = 0;
  for (const auto& f : files_) out += f.waiting.size();
  return out + unnamed_.size();
}

std::string disk_model::after_cut(const inode& file, std::mt19937_64& random) const {
  auto out = file.content;
  // From a disk that has written nothing yet to one that has written nearly everything.
  const auto share = random() % 5 * 25;
  for (const auto& change : file.waiting) {
    if (random() % 100 >= share) continue;
    if (change.kind != what::write || random() % 4 != 0) {
      carry_out(change, out);
      continue;
    }
    for (std::size_t at = 0; at < change.octets.size(); at += sector) {
      if (random() % 2 == 0) carry_out({change.kind, change.at + at, 0, change.octets.substr(at, sector)}, out);
    }
  }
  return out;
}

void disk_model::cut(std::mt19937_64& random, const fs::path& into) const {
  auto names = durable_names_;
  std::map<std::string, std::size_t> kept;
  for (const auto& change : unnamed_) {
    const auto& last = change.to.empty() ? change.path : change.to;
    const auto [left, first] = kept.try_emplace(folder_of(last), 0);
    if (first) left->second = random() % (unnamed_.size() + 1);
    if (left->second == 0) continue;
    --left->second;
    carry_out(change, names);
  }
  for (const auto& [path, file] : names) {
    // What SQLite shares between processes is memory, whatever it is called.
    if (path.ends_with("-shm")) continue;
    const auto to = into / fs::relative(path, root_);
    // A folder that is not there takes along what is in it.
    const auto parent = folder_of(path);
    if (parent != root_.native() && !names.contains(parent)) continue;
    if (file == folder) {
      fs::create_directories(to);
    } else {
      fs::create_directories(to.parent_path());
      write_file(to, after_cut(files_[file], random));
    }
  }
}

}  // namespace outmap::test
