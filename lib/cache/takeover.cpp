#include "cache/takeover.hpp"

#include "cache/outbox.hpp"
#include "cache/outbox_file.hpp"

namespace outmap::cache {

result<bool> may_take_over(database& db, const std::filesystem::path& file, std::string_view account) {
  // Tables that every version has. A run is recorded behind a login alone.
  statement ask(db,
                "SELECT 1 FROM folder UNION ALL SELECT 1 FROM run UNION ALL SELECT 1 FROM body"
                " UNION ALL SELECT 1 FROM message LIMIT 1");
  const auto used = ask.first([](const statement&) {});
  if (!used) return tl::unexpected(used.error());
  if (*used) return false;
  const auto waiting = open_existing_outbox(outbox_file_of(file), account);
  if (!waiting && waiting.error().code != errc::cache_other_account) return tl::unexpected(waiting.error());
  return waiting.has_value();
}

result<void> take_over(database& db, std::string_view account) {
  statement sign(db, "UPDATE meta SET account = ?1, created = unixepoch() WHERE id = 1");
  return sign.execute(octets{account});
}

}  // namespace outmap::cache
