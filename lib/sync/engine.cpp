#include "sync/engine.hpp"

#include <memory>

#include "sync/folder_sync.hpp"
#include "sync/writer_link.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

bool ends_the_run(const error& e) {
  return e.reach != scope::folder && e.reach != scope::message;
}

std::optional<error> summary_of(const sync_report& report) {
  std::uint64_t failed = 0;
  std::uint64_t quarantined = 0;
  for (const auto& f : report.folders) {
    failed += f.failure ? 1 : 0;
    quarantined += f.quarantined;
  }
  if (failed == 0 && quarantined == 0) return std::nullopt;
  return error(errc::incomplete, std::to_string(failed) + " folders failed, " + std::to_string(quarantined) +
                                     " messages could not be fetched");
}

}  // namespace

asio::awaitable<result<std::vector<engine::work>>> engine::record_tree() {
  auto tree = co_await list_folders(with_.on, with_.account);
  if (!tree) co_return tl::unexpected(tree.error());
  // Written by the writer's thread, read after the commit.
  auto ids = std::make_shared<std::vector<cache::folder_id>>();
  with_.to.post(tree->size() * 256, [ids, tree = *tree](cache::store& into) -> result<void> {
    for (const auto& m : tree) {
      auto id = into.put_folder(m.folder);
      if (!id) return tl::unexpected(id.error());
      ids->push_back(*id);
    }
    return into.mark_gone_except(*ids);
  });
  if (auto ok = co_await wait_for_commit(with_.to); !ok) co_return tl::unexpected(ok.error());
  std::vector<work> out;
  for (std::size_t i = 0; i < tree->size(); ++i) {
    auto& m = (*tree)[i];
    auto name = wire::display_name(m.folder.mailbox.wire());
    if (!m.shown || m.folder.noselect || !chosen_(name)) continue;
    out.push_back({std::move(m), (*ids)[i], std::move(name)});
  }
  co_return out;
}

asio::awaitable<result<void>> engine::run_folders(sync_report& report) {
  auto todo = co_await record_tree();
  if (!todo) co_return tl::unexpected(todo.error());
  with_.so_far.folders_total = todo->size();
  for (const auto& w : *todo) {
    folder_report folder;
    folder.mailbox = w.mailbox.folder.mailbox;
    folder.name = w.name;
    with_.so_far.folder = w.name;
    with_.watch.on_folder_started(w.name);
    folder_sync one(with_, w.id, folder);
    auto ok = co_await one.run();
    ++with_.so_far.folders_done;
    with_.so_far.folder = {};
    const bool refused_as_foretold = !ok && ok.error().code == errc::command_refused && w.mailbox.doubtful;
    if (!ok && !refused_as_foretold) folder.failure = ok.error();
    report.folders.push_back(folder);
    with_.watch.on_folder_done(report.folders.back());
    with_.watch.on_progress(with_.so_far);
    if (!ok && ends_the_run(ok.error())) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<void> engine::run(sync_report& report) {
  cache::run_record record;
  record.started_at = with_.now();
  auto ok = co_await run_folders(report);
  if (!ok) report.failure = ok.error();
  if (!report.failure) report.failure = summary_of(report);
  for (const auto& f : report.folders) {
    record.messages += f.bodies;
    record.body_octets += f.body_octets;
  }
  record.ended_at = with_.now();
  record.outcome = !report.failure                            ? "complete"
                   : report.failure->code == errc::cancelled  ? "interrupted"
                   : report.failure->code == errc::incomplete ? "partial"
                                                              : report.failure->message();
  with_.to.post(256, [record](cache::store& into) { return into.put_run(record); });
  auto durable = co_await wait_until_durable(with_.to);
  // What the disk says outranks what the network said: it decides what was kept.
  if (!durable) report.failure = durable.error();
}

}  // namespace outmap::sync
