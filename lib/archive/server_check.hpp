// The cache held against the server.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string_view>

#include "cache/reader.hpp"
#include "outmap/limits.hpp"
#include "outmap/observer.hpp"
#include "outmap/verify.hpp"
#include "session/session.hpp"
#include "sync/mailbox_desk.hpp"

namespace outmap::archive {

/// Belongs to the session's executor. Findings go into `report`; the error is one after which the session is of no more
/// use. `random` gives 64 random bits.
class server_check {
 public:
  struct order {
    std::function<bool(std::string_view)> wants;  ///< a folder, by its decoded name
    bool content = false;
    double sample = 1.0;
    std::function<std::uint64_t()> random;
  };

  server_check(session::session& on, cache::reader& from, const limits& bounds, order what, observer& watch,
               verify_report& report)
      : desk_(on, bounds), from_(from), what_(std::move(what)), watch_(watch), report_(report) {}

  asio::awaitable<result<void>> run();

 private:
  asio::awaitable<result<void>> check(const cache::folder_record& folder);
  asio::awaitable<result<void>> compare_content(const cache::folder_record& folder, const uid_set& there);
  asio::awaitable<result<void>> compare(const cache::folder_record& folder, uid which);
  void found(finding_kind kind, uid which, std::string what);

  sync::mailbox_desk desk_;
  cache::reader& from_;
  order what_;
  observer& watch_;
  verify_report& report_;
  std::string name_;
  progress so_far_;
};

}  // namespace outmap::archive
