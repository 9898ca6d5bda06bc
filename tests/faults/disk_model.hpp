// A disk that loses its power: what of the changes that a program made would still be there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "faults/call_gate.hpp"

namespace outmap::test {

/// Files and folders below one folder. What is there at first is on the disk. What is synced is on the disk. Of the rest
/// a cut keeps any part: writes in any order and by sectors, sizes with or without them; names in the order in which
/// they were made, up to some moment, each folder for itself. A file is as good as its name: a synced file whose
/// folder was not synced may be gone.
class disk_model {
 public:
  explicit disk_model(const std::filesystem::path& root);

  /// Every change of a journal, in its order. Throws std::runtime_error on one that ends in the middle.
  void replay(const std::filesystem::path& journal);
  /// One change. `octets`: those of a write, the new path of a rename or link.
  void apply(const gate_record& r, const std::string& path, std::string octets);
  /// Cuts the power now and writes what is left into an empty folder.
  void cut(std::mt19937_64& random, const std::filesystem::path& into) const;
  /// Changes that a cut may lose.
  [[nodiscard]] std::size_t unsynced() const;

 private:
  struct pending {
    gate_record::what kind = gate_record::what::write;
    std::uint64_t at = 0;
    std::uint64_t size = 0;
    std::string octets;
  };
  struct inode {
    std::string content;
    std::vector<pending> waiting;
  };
  struct naming {
    gate_record::what kind = gate_record::what::create;
    std::string path;
    std::string to;
    std::size_t file = 0;
  };

  void name(naming change);
  [[nodiscard]] bool inside(const std::string& path) const;
  static void carry_out(const pending& change, std::string& on);
  static void carry_out(const naming& change, std::map<std::string, std::size_t>& on);
  [[nodiscard]] std::string after_cut(const inode& file, std::mt19937_64& random) const;

  static constexpr std::size_t folder = SIZE_MAX;  // in place of a file

  std::filesystem::path root_;
  std::vector<inode> files_;
  std::map<std::uint64_t, std::size_t> by_number_;    // inode → index
  std::map<std::string, std::size_t> names_;          // as the program sees them
  std::map<std::string, std::size_t> durable_names_;  // as the disk has them
  std::vector<naming> unnamed_;                       // what leads from these to those
};

}  // namespace outmap::test
