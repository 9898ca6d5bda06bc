#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "unit/archive/sample_cache.hpp"

namespace fs = std::filesystem;
using namespace archive_test;
using outmap::errc;
using outmap::export_format;

namespace {

constexpr export_format both[] = {export_format::eml, export_format::maildir};

std::vector<std::string> fill(sample_cache& cache) {
  std::vector<std::string> texts;
  std::vector<sample_message> messages;
  for (std::uint32_t i = 1; i <= 6; ++i) {
    // Two messages of one content, and one that comes in several pieces.
    messages.push_back({i, message_text(i == 6 ? "1" : std::to_string(i), i == 3 ? 3'000'000 : 100)});
    texts.push_back(messages.back().text);
  }
  cache.put("INBOX", messages);
  cache.put("INBOX/Sub", {{1, message_text("sub")}});
  texts.push_back(message_text("sub"));
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// What stands under a final name; a temporary file is no message.
std::vector<std::string> exported(const fs::path& root) {
  auto files = tree(root);
  std::erase_if(files, [](const auto& file) { return file.first.ends_with(".part"); });
  return contents(files);
}

}  // namespace

TEST_CASE("an export that is stopped after any message is completed by the next run") {
  for (const auto format : both) {
    for (std::uint64_t after = 0; after <= 7; ++after) {
      CAPTURE(after);
      sample_cache cache;
      const auto texts = fill(cache);
      std::atomic<bool> stop{after == 0};
      std::uint64_t steps = 0;
      const auto outcome = cache.try_export(format, cache.target(), stop, [&](const outmap::export_report&) {
        if (++steps == after) stop = true;
      });
      if (after <= 6) {
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == errc::cancelled);
      }
      const auto left = exported(cache.target());
      CHECK(std::includes(texts.begin(), texts.end(), left.begin(), left.end()));
      const auto report = cache.export_all(format);
      CHECK(report.written + report.unchanged == texts.size());
      CHECK(report.unchanged == left.size());
      CHECK(contents(tree(cache.target())) == texts);
    }
  }
}

TEST_CASE("an export that is killed after any message is completed by the next run") {
  for (const auto format : both) {
    for (int after = 1; after <= 7; ++after) {
      CAPTURE(after);
      sample_cache cache;
      const auto texts = fill(cache);
      const auto child = fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        int steps = 0;
        const auto outcome = cache.try_export(format, [&](const outmap::export_report&) {
          if (++steps == after) _exit(7);
        });
        _exit(1);
      }
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      REQUIRE(WIFEXITED(status));
      REQUIRE(WEXITSTATUS(status) == 7);
      const auto left = exported(cache.target());
      CHECK(std::includes(texts.begin(), texts.end(), left.begin(), left.end()));
      CHECK(left.size() == static_cast<std::size_t>(after));
      const auto report = cache.export_all(format);
      CHECK(report.unchanged == left.size());
      CHECK(contents(tree(cache.target())) == texts);
    }
  }
}

TEST_CASE("an export that is stopped within a message leaves nothing of it") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one", 20'000'000)}});
  std::atomic<bool> stop{false};
  const auto reader = need(outmap::cache::reader::open(cache.file()));
  // The folder is asked for after the run began and before its first message is read.
  const outmap::archive::export_order order{export_format::eml, cache.target(), [&](std::string_view) {
                                              stop = true;
                                              return true;
                                            }};
  const auto outcome = outmap::archive::export_folders(*reader, order, stop, {});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == errc::cancelled);
  CHECK(tree(cache.target()).empty());
}
