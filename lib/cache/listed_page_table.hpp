// Which pages of a folder are as the server listed them, and the flags of their messages.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "cache/database.hpp"
#include "cache/listed_page.hpp"
#include "outmap/error.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::cache {

/// While a page stands here spelled out, the flags of its messages stand here alone, and what their rows say of flags is
/// what they once were: changes of flags all over a large folder would write most of its rows' pages anew, and these are
/// a tenth of them. Whoever changes more of a message than its flags, or brings one, forgets its page in the same
/// transaction, which writes the flags into the rows; one that goes leaves its page. So a page that stands here is as its
/// messages are, whatever was interrupted since.
/// Every function runs in the caller's transaction.
class listed_page_table {
 public:
  explicit listed_page_table(database& db);

  result<void> put(folder_id folder, const std::vector<listed_page>& pages);
  /// False if no page can say it: then the page is to be forgotten and the row says it.
  result<bool> set_flags(folder_id folder, uid which, const flag_set& flags);
  /// These messages of one page go, and the page stays without them. Gives it as it was, for their flags; nothing: the
  /// rows say them.
  result<std::optional<page_form>> remove(folder_id folder, std::span<const uid> messages);
  /// Those that hold a UID of the range. Next to nothing for a folder that has none.
  result<void> forget(folder_id folder, uid_range range);

 private:
  result<bool> has_any(folder_id folder);
  result<std::optional<page_form>> form_of(folder_id folder, std::uint32_t page);
  result<void> write_flags(folder_id folder, std::uint32_t page, const page_form& form);

  statement put_;
  statement find_;
  statement within_;
  statement forget_;
  statement any_;
  statement rows_;
  statement set_row_;
  // False only while it is certain: a rollback leaves too much here, never too little.
  std::map<folder_id, bool> may_have_;
};

}  // namespace outmap::cache
