// The cache of a run, which is opened while the server is waited for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/claim.hpp"
#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/config.hpp"
#include "outmap/error.hpp"

namespace outmap {

/// Its lock is taken first: a run that could not store anything need not bother the server. What takes longer than a
/// server waits for a login, a new file, another schema, the log of a writer that was killed, is done then, too.
class opening_cache {
 public:
  /// Errors: config_invalid without a cache, those of cache::claim::take() and open().
  static result<opening_cache> begin(const account_config& account);

  /// The second time it only says how the first went. Errors: those of cache::store::open() and cache::reader::open().
  result<void> open();

  /// After an open() that went well.
  [[nodiscard]] cache::writer& to() const { return *to_; }
  [[nodiscard]] cache::reader& from() const { return *from_; }

 private:
  opening_cache(cache::claim ours, std::string identity) : ours_(std::move(ours)), identity_(std::move(identity)) {}

  std::optional<cache::claim> ours_;
  std::string identity_;
  result<void> outcome_;
  std::unique_ptr<cache::writer> to_;
  std::unique_ptr<cache::reader> from_;
};

}  // namespace outmap
