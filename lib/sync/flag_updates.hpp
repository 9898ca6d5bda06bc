// Changed flags on their way to the writer.
#pragma once

#include <cstddef>
#include <vector>

#include "cache/writer.hpp"
#include "sync/change_listener.hpp"
#include "sync/scan_merge.hpp"

namespace outmap::sync {

/// Gathers a few to a task: each task wakes the writer, which is to leave the processor to those who list.
class flag_updates {
 public:
  /// `told` may be null.
  flag_updates(cache::writer& to, cache::folder_id folder, change_listener* told)
      : to_(to), folder_(folder), told_(told) {}

  void add(uid which, flag_set&& flags) {
    changed_.push_back({which, std::move(flags)});
    if (changed_.size() == a_task) post();
  }
  /// Those that are not yet posted.
  void post();
  void forget() { changed_.clear(); }

 private:
  static constexpr std::size_t a_task = 64;

  cache::writer& to_;
  cache::folder_id folder_;
  change_listener* told_;
  std::vector<seen_message> changed_;
};

}  // namespace outmap::sync
