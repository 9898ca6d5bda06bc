// A whole sync: the folder tree, then folder by folder.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <string_view>

#include "outmap/report.hpp"
#include "sync/folder_listing.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// Chooses folders by decoded name.
using folder_filter = std::function<bool(std::string_view name)>;

/// Works through the account. Folder failures stand in their reports; an error that ends the run stands in
/// report.failure, and folders that were not reached are not in the report. Everything that came is committed when it
/// returns.
class engine {
 public:
  engine(sync_context& with, folder_filter chosen) : with_(with), chosen_(std::move(chosen)) {}
  asio::awaitable<void> run(sync_report& report);

 private:
  struct work {
    listed_mailbox mailbox;
    cache::folder_id id = 0;
    std::string name;
  };

  asio::awaitable<result<std::vector<work>>> record_tree();
  asio::awaitable<result<void>> run_folders(sync_report& report);

  sync_context& with_;
  folder_filter chosen_;
};

}  // namespace outmap::sync
