#include "cache/run_table.hpp"

namespace outmap::cache {

run_table::run_table(database& db)
    : db_(db),
      complete_(db,
                "UPDATE run SET ended_at = ?2, outcome = ?3, messages = ?4, body_octets = ?5"
                " WHERE id = (SELECT max(id) FROM run) AND started_at = ?1 AND ended_at = 0"),
      insert_(db,
              "INSERT INTO run (started_at, ended_at, outcome, messages, body_octets) VALUES (?1, ?2, ?3, ?4, ?5)") {}

result<void> run_table::put(const run_record& run) {
  auto completed = complete_.execute(run.started_at, run.ended_at, text{run.outcome}, run.messages, run.body_octets);
  if (!completed || db_.changes() > 0) return completed;
  return insert_.execute(run.started_at, run.ended_at, text{run.outcome}, run.messages, run.body_octets);
}

}  // namespace outmap::cache
