// What was exported, read by programs that others wrote: as many messages, and the flags that the cache has.
#include "unit/archive/other_readers.hpp"

#include <doctest/doctest.h>

#include <array>

#include "cache/reader.hpp"
#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using namespace outmap;

namespace {

constexpr std::array<const char*, 3> mailboxes = {"INBOX", "Archive/2023", "Entw&APw-rfe"};
constexpr std::array<const char*, 3> files = {"INBOX", "Archive/2023", "Entwürfe"};

/// Texts that are awkward in an mbox.
std::string text_of(const std::string& id, std::size_t which) {
  const std::string header = "From: Anna <anna@mail.example>\r\nMessage-ID: <" + id + ">\r\nSubject: " + id + "\r\n";
  switch (which % 8) {
    case 0: return header + "\r\nFrom me\r\n>From you\r\n\r\nFrom here\r\n";
    case 1: return header + "\r\nno end of line";
    case 2: return header + "\r\n\r\n\r\nempty lines\r\n\r\n\r\n";
    case 3: return header;
    // Not D: mutt obeys that even in a Maildir, where the octets are the message's own.
    case 4: return header + "Status: RO\r\nX-Status: AF\r\n\r\nfields of another mbox\r\n";
    case 5: return header + "Content-Length: 7\r\nLines: 1\r\n\r\nlonger than\r\nits header\r\n\r\nsays\r\n";
    case 6:
      return header + "Content-Type: text/plain; charset=utf-8\r\n\r\ngr\xc3\xbc\xc3\x9f " + std::string(3000, 'x');
    default: return header + "\r\n";
  }
}

/// Each set of the five flags in each mailbox, exported both ways.
struct exported {
  sample_cache cache;
  fs::path maildirs, boxes;

  exported() {
    for (std::size_t box = 0; box < mailboxes.size(); ++box) {
      std::vector<sample_message> messages;
      for (std::uint8_t flags = 0; flags <= flag_set::all_bits; ++flags) {
        const auto n = static_cast<std::uint32_t>(flags + 1);
        messages.push_back(
            {n, text_of(std::to_string(n) + "." + std::to_string(box) + "@mail.example", n + box), flags});
      }
      cache.put(mailboxes.at(box), messages);
    }
    CHECK(cache.export_all(export_format::maildir).written == 96);
    fs::rename(cache.target(), maildirs = cache.outside("maildirs"));
    CHECK(cache.export_all(export_format::mbox).written == 96);
    fs::rename(cache.target(), boxes = cache.outside("boxes"));
  }

  /// What the cache has of a mailbox, of the flags that a reader knows.
  [[nodiscard]] flags_by_id held(std::size_t box, std::string_view known) const {
    const auto from = need(outmap::cache::reader::open(cache.file()));
    const auto folder = need(from->folder(mailbox_name(mailboxes.at(box))));
    flags_by_id out;
    need(from->for_each_message(folder.id, [&](const outmap::cache::message_record& m) {
      std::string flags;
      for (const auto& [letter, flag] : {std::pair('D', system_flag::draft),
                                         {'F', system_flag::flagged},
                                         {'R', system_flag::answered},
                                         {'S', system_flag::seen},
                                         {'T', system_flag::deleted}}) {
        if (m.flags.has(flag) && known.find(letter) != std::string_view::npos) flags += letter;
      }
      out[std::to_string(m.uid.value) + "." + std::to_string(box) + "@mail.example"] = flags;
      return true;
    }));
    REQUIRE(out.size() == 32);
    return out;
  }
  [[nodiscard]] fs::path maildir(std::size_t box) const { return maildirs / files.at(box); }
  [[nodiscard]] fs::path mbox(std::size_t box) const { return boxes / (std::string(files.at(box)) + ".mbox"); }
  [[nodiscard]] fs::path scratch() const {
    auto out = cache.outside("scratch");
    fs::create_directories(out);
    return out;
  }
};

/// A line for each message that is not the same in both.
std::string differences(const flags_by_id& read, const flags_by_id& held) {
  std::string out;
  for (const auto& [id, flags] : held) {
    const auto at = read.find(id);
    if (at == read.end()) out += id + ": not read\n";
    if (at != read.end() && at->second != flags) out += id + ": read as " + at->second + ", held as " + flags + '\n';
  }
  for (const auto& [id, flags] : read) {
    if (!held.contains(id)) out += id + ": read, and not held\n";
  }
  return out;
}

}  // namespace

TEST_CASE("Python reads as many messages as the cache has, with its flags") {
  if (!is_installed("python3", "python3")) return;
  const exported e;
  for (std::size_t box = 0; box < mailboxes.size(); ++box) {
    CAPTURE(box);
    CHECK(differences(read_by_python(e.maildir(box)), e.held(box, "DFRST")) == "");
    CHECK(differences(read_by_python(e.mbox(box)), e.held(box, "DFRST")) == "");
  }
}

TEST_CASE("mutt reads as many messages as the cache has, with its flags") {
  if (!is_installed("mutt", "mutt") || !is_installed("script", "bsdutils")) return;
  const exported e;
  for (std::size_t box = 0; box < mailboxes.size(); ++box) {
    CAPTURE(box);
    CHECK(differences(read_by_mutt(e.maildir(box), e.scratch()), e.held(box, "FRST")) == "");
    CHECK(differences(read_by_mutt(e.mbox(box), e.scratch()), e.held(box, "FRST")) == "");
  }
}

TEST_CASE("notmuch reads as many messages as the cache has, with its flags") {
  if (!is_installed("notmuch", "notmuch")) return;
  const exported e;
  flags_by_id all;
  for (std::size_t box = 0; box < mailboxes.size(); ++box) all.merge(e.held(box, "DFRS"));
  CHECK(differences(read_by_notmuch(e.maildirs, e.scratch()), all) == "");
}

TEST_CASE("Dovecot reads as many messages as the cache has, with its flags") {
  if (!is_installed("doveadm", "dovecot-core")) return;
  const exported e;
  for (std::size_t box = 0; box < mailboxes.size(); ++box) {
    CAPTURE(box);
    CHECK(differences(read_by_dovecot(e.maildir(box), e.scratch()), e.held(box, "DFRST")) == "");
    CHECK(differences(read_by_dovecot(e.mbox(box), e.scratch()), e.held(box, "DFRST")) == "");
  }
}
