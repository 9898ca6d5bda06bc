// The ways to store bodies that are compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/store_corpus.hpp"

namespace outmap::bench {

/// Stores every body with its SHA-256 so that all of it survives a loss of power when this returns, in a folder that is
/// empty before. Throws std::exception where that fails.
class store_form {
 public:
  virtual ~store_form() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  virtual void store(const corpus& what, const std::filesystem::path& folder) const = 0;
};

/// One row a body.
struct sqlite_form final : store_form {
  enum class journal { wal, rollback };
  enum class where { same_file, attached_file };
  enum class how { bound, incremental };

  sqlite_form(int page, journal log, std::size_t batch, where place = where::same_file, how written = how::bound)
      : page_(page), log_(log), batch_(batch), place_(place), written_(written) {}
  [[nodiscard]] std::string name() const override;
  void store(const corpus& what, const std::filesystem::path& folder) const override;

 private:
  int page_;
  journal log_;
  std::size_t batch_;  ///< octets of bodies in a transaction
  where place_;
  how written_;
};

/// Bodies one after the other in a file; SQLite holds digest and place. The file is synced before each commit.
struct segment_form final : store_form {
  segment_form(std::size_t batch, std::size_t write_back, std::size_t buffer = std::size_t{256} << 10)
      : batch_(batch), write_back_(write_back), buffer_(buffer) {}
  [[nodiscard]] std::string name() const override;
  void store(const corpus& what, const std::filesystem::path& folder) const override;

 private:
  std::size_t batch_;       ///< octets between syncs
  std::size_t write_back_;  ///< the disk is asked to begin every so many octets; 0: never
  std::size_t buffer_;      ///< octets gathered for one write
};

/// The project's own, on one thread or behind its writer.
struct project_form final : store_form {
  enum class thread { own, writer };
  explicit project_form(thread which) : which_(which) {}
  [[nodiscard]] std::string name() const override;
  void store(const corpus& what, const std::filesystem::path& folder) const override;

 private:
  thread which_;
};

/// Makes the bodies and their digests and stores nothing: what every form pays.
struct digest_only final : store_form {
  [[nodiscard]] std::string name() const override { return "digest only, nothing stored"; }
  void store(const corpus& what, const std::filesystem::path& folder) const override;
};

struct compressed {
  double seconds = 0;
  double megabytes = 0;
  double share = 0;  ///< octets after by octets before
};

/// zstd at level 1, each body by itself; nothing if the machine has no libzstd.
std::vector<compressed> compress_all(const corpus& what);

}  // namespace outmap::bench
