#include "sync/tree_record.hpp"

#include <memory>

#include "sync/deletion_guard.hpp"
#include "sync/tree_changes.hpp"
#include "sync/writer_link.hpp"

namespace outmap::sync {
namespace {

result<void> guard_tree(sync_context& with, const std::vector<listed_mailbox>& tree) {
  const auto known = with.from.tree();
  if (!known) return tl::unexpected(known.error());
  const auto gone = compare_trees(*known, tree).gone.size();
  if (auto tripped = judge_lost_folders(gone, known->size(), with.deletions)) return tl::unexpected(*tripped);
  return {};
}

}  // namespace

asio::awaitable<result<std::vector<cache::folder_id>>> record_tree(sync_context& with,
                                                                   const std::vector<listed_mailbox>& tree) {
  if (auto ok = guard_tree(with, tree); !ok) co_return tl::unexpected(ok.error());
  // Written by the writer's thread, read after the commit.
  auto ids = std::make_shared<std::vector<cache::folder_id>>();
  with.to.post(tree.size() * 256, [ids, tree](cache::store& into) -> result<void> {
    for (const auto& m : tree) {
      auto id = into.put_folder(m.folder);
      if (!id) return tl::unexpected(id.error());
      ids->push_back(*id);
    }
    return into.mark_gone_except(*ids);
  });
  if (auto ok = co_await wait_for_commit(with.to); !ok) co_return tl::unexpected(ok.error());
  co_return std::move(*ids);
}

}  // namespace outmap::sync
