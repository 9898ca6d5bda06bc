#include "search/finder.hpp"

#include <unordered_map>
#include <utility>

namespace outmap::search {
namespace {

// ?1 wanted words, ?2 unwanted words, ?3 since, ?4 before, ?5 with attachments. What is not asked for is NULL.
constexpr const char* by_words =
    "SELECT p.folder, p.uid, p.date FROM words AS w CROSS JOIN place AS p ON p.document = w.rowid"
    " WHERE words MATCH ?1 AND (?2 IS NULL OR w.rowid NOT IN (SELECT rowid FROM words WHERE words MATCH ?2))"
    " AND (?3 IS NULL OR p.date >= ?3) AND (?4 IS NULL OR p.date < ?4)"
    " AND (?5 IS NULL OR ?5 = (SELECT attachments > 0 FROM document WHERE id = w.rowid)) ORDER BY p.folder, p.uid";
constexpr const char* without_words =
    "SELECT p.folder, p.uid, p.date FROM place AS p"
    " WHERE ?1 IS NULL AND (?2 IS NULL OR p.document NOT IN (SELECT rowid FROM words WHERE words MATCH ?2))"
    " AND (?3 IS NULL OR p.date >= ?3) AND (?4 IS NULL OR p.date < ?4)"
    " AND (?5 IS NULL OR ?5 = (SELECT attachments > 0 FROM document WHERE id = p.document)) ORDER BY p.folder, p.uid";
constexpr const char* one_document =
    "SELECT 1 FROM document AS d WHERE d.digest = ?1"
    " AND (?2 IS NULL OR EXISTS (SELECT 1 FROM words WHERE words MATCH ?2 AND rowid = d.id))"
    " AND (?3 IS NULL OR NOT EXISTS (SELECT 1 FROM words WHERE words MATCH ?3 AND rowid = d.id))"
    " AND (?4 IS NULL OR ?4 = (d.attachments > 0))";

std::optional<cache::text> maybe(const std::string& words) {
  return words.empty() ? std::nullopt : std::optional(cache::text{words});
}

std::optional<std::int64_t> maybe(const std::optional<bool>& value) {
  return value ? std::optional<std::int64_t>(*value ? 1 : 0) : std::nullopt;
}

}  // namespace

result<std::vector<candidates_of>> finder::find(const std::function<bool(const mailbox_name&)>& wants) {
  struct known_folder {
    mailbox_name mailbox;
    bool wanted = false;
  };
  std::unordered_map<std::int64_t, known_folder> folders;
  cache::statement all(index_, "SELECT id, mailbox FROM folder");
  auto read = all.for_each([&](const cache::statement& row) {
    mailbox_name mailbox{std::string(row.view(1))};
    const bool wanted = wants(mailbox);
    folders.emplace(row.integer(0), known_folder{std::move(mailbox), wanted});
    return true;
  });
  if (!read) return tl::unexpected(std::move(read.error()));

  std::vector<candidates_of> out;
  std::int64_t current = -1;
  bool wanted = false;
  cache::statement ask(index_, words_.wanted.empty() ? without_words : by_words);
  read = ask.for_each(
      [&](const cache::statement& row) {
        if (row.integer(0) != current) {
          current = row.integer(0);
          const auto at = folders.find(current);
          wanted = at != folders.end() && at->second.wanted;
          if (wanted) out.push_back({at->second.mailbox, {}});
        }
        if (wanted) out.back().messages.push_back({{static_cast<std::uint32_t>(row.integer(1))}, row.maybe_integer(2)});
        return true;
      },
      maybe(words_.wanted), maybe(words_.unwanted), query_.since, query_.before, maybe(query_.attachments));
  if (!read) return tl::unexpected(std::move(read.error()));
  return out;
}

result<bool> finder::matches(const cache::digest& digest) {
  cache::statement ask(index_, one_document);
  return ask.first([](const cache::statement&) {}, digest, maybe(words_.wanted), maybe(words_.unwanted),
                   maybe(query_.attachments));
}

}  // namespace outmap::search
