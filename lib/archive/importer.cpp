#include "archive/importer.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "archive/import_names.hpp"
#include "archive/import_source.hpp"
#include "cache/digester.hpp"
#include "cache/message_header.hpp"
#include "cache/reader.hpp"
#include "cache/store.hpp"

namespace outmap::archive {
namespace {

constexpr std::uint64_t octets_a_commit = std::uint64_t{32} << 20;
constexpr std::size_t messages_a_commit = 1000;
constexpr outmap::uid_validity first_validity{1};

class importer {
 public:
  importer(const import_options& options, std::int64_t now, const std::atomic<bool>& stop,
           const std::function<void(const import_report&)>& step)
      : options_(options), now_(now), stop_(stop), step_(step), names_(options.into) {}

  result<import_report> run(const std::filesystem::path& cache);

 private:
  result<void> open_cache(const std::filesystem::path& cache);
  bool enter(const std::vector<std::string>& levels);
  bool put(imported_message&& one);
  result<void> begin_mailbox(const mailbox_name& name);
  result<void> store_one(const imported_message& one);
  result<void> commit();
  result<void> close_mailbox();
  result<void> choose_names();
  void failed(error why) {
    ++report_.failed;
    if (report_.failures.size() < import_report::most_failures) report_.failures.push_back(std::move(why));
  }
  bool ended(result<void> outcome) {
    if (!outcome) broken_ = outcome.error();
    return outcome.has_value() && !stop_;
  }

  const import_options& options_;
  std::int64_t now_;
  const std::atomic<bool>& stop_;
  const std::function<void(const import_report&)>& step_;
  import_names names_;
  std::unique_ptr<cache::store> to_;
  std::unique_ptr<cache::reader> from_;
  import_report report_;
  std::optional<error> broken_;

  bool in_mailbox_ = false;  // false: one that cannot be named, and what is in it is passed over
  cache::folder_id folder_ = 0;
  std::uint32_t last_ = 0;
  std::uint32_t exists_ = 0;
  std::map<cache::digest, std::uint64_t> there_;  // and not met yet
  bool open_ = false;
  std::uint64_t uncommitted_octets_ = 0;
  std::size_t uncommitted_ = 0;
};

/// Before the first mailbox: a cache keeps the delimiter that it began with.
result<void> importer::choose_names() {
  std::optional<char> known;
  if (from_ != nullptr) {
    const auto folders = from_->folders();
    if (!folders) return tl::unexpected(folders.error());
    for (const auto& f : *folders) {
      if (!known) known = f.listed.delimiter;
    }
  }
  const import_taker look{[this](const std::vector<std::string>& levels) {
                            names_.look_at(levels);
                            return !stop_.load();
                          },
                          {},
                          [](const error&) {},
                          true};
  if (auto read = read_import(options_.format, options_.from, look); !read) return read;
  names_.choose_delimiter(known);
  return {};
}

bool importer::enter(const std::vector<std::string>& levels) {
  if (!ended(close_mailbox())) return false;
  const auto name = names_.mailbox(levels);
  in_mailbox_ = name.has_value();
  if (!name) {
    std::string shown;
    for (const auto& level : levels) shown += '/' + level;
    failed(error(errc::wrong_format, shown.substr(0, 500) + ": " + name.error().detail));
    return true;
  }
  ++report_.folders;
  return ended(begin_mailbox(*name));
}

result<void> importer::begin_mailbox(const mailbox_name& name) {
  there_.clear();
  last_ = exists_ = 0;
  folder_ = 0;
  if (from_ != nullptr) {
    const auto known = from_->start_of(name);
    if (!known && known.error().code != errc::no_such_mailbox) return tl::unexpected(known.error());
    if (known) {
      folder_ = known->id;
      last_ = known->last.value;
      auto read = from_->for_each_message(folder_, [&](const cache::message_record& m) {
        ++exists_;
        if (m.body_digest) ++there_[*m.body_digest];
        return true;
      });
      if (!read) return read;
    }
  }
  if (options_.dry_run || folder_ != 0) return {};
  cache::listed_folder listed;
  listed.mailbox = name;
  listed.delimiter = names_.delimiter();
  if (auto begun = to_->begin(); !begun) return begun;
  const auto id = to_->put_folder(listed);
  if (!id) return tl::unexpected(id.error());
  folder_ = *id;
  if (auto set = to_->set_uid_validity(folder_, first_validity); !set) return set;
  return to_->commit();
}

bool importer::put(imported_message&& one) {
  if (!in_mailbox_) return !stop_;
  cache::digester sum;
  const auto digest = sum.of(one.text);
  if (!digest) return ended(tl::unexpected(digest.error()));
  if (const auto known = there_.find(*digest); known != there_.end() && known->second > 0) {
    --known->second;
    ++report_.there;
  } else {
    if (last_ == UINT32_MAX) return ended(fail(errc::limit_exceeded, "no UID left in a mailbox"));
    ++report_.imported;
    report_.octets += one.text.size();
    if (!options_.dry_run && !ended(store_one(one))) return false;
  }
  if (step_) step_(report_);
  return !stop_;
}

result<void> importer::store_one(const imported_message& one) {
  if (!std::exchange(open_, true)) {
    if (auto begun = to_->begin(); !begun) return begun;
  }
  cache::header_arrival header;
  header.uid = uid{++last_};
  header.flags = one.flags;
  header.size = one.text.size();
  header.date = one.date;
  header.header = cache::header_of(std::string_view(one.text).substr(0, cache::header_bound),
                                   one.text.size() <= cache::header_bound)
                      .value_or(std::string_view());
  if (auto put = to_->put_header(folder_, header); !put) return tl::unexpected(put.error());
  if (auto put = to_->put_body(folder_, header.uid, one.flags, one.text); !put) return put;
  ++exists_;
  uncommitted_octets_ += one.text.size();
  if (++uncommitted_ < messages_a_commit && uncommitted_octets_ < octets_a_commit) return {};
  return commit();
}

result<void> importer::commit() {
  uncommitted_ = 0;
  uncommitted_octets_ = 0;
  if (!std::exchange(open_, false)) return {};
  return to_->commit();
}

result<void> importer::close_mailbox() {
  if (!std::exchange(in_mailbox_, false) || options_.dry_run) return {};
  if (auto done = commit(); !done) return done;
  if (auto begun = to_->begin(); !begun) return begun;
  if (auto set = to_->set_scanned(folder_, exists_, now_); !set) return set;
  return to_->commit();
}

result<void> importer::open_cache(const std::filesystem::path& cache) {
  if (!options_.dry_run) {
    auto opened = cache::store::open(cache, imported_identity, {});
    if (!opened) return tl::unexpected(opened.error());
    to_ = std::move(*opened);
  }
  auto reading = cache::reader::open(cache);
  if (!reading && options_.dry_run && reading.error().code == errc::cache_unavailable) return {};
  if (!reading) return tl::unexpected(reading.error());
  from_ = std::move(*reading);
  return {};
}

result<import_report> importer::run(const std::filesystem::path& cache) {
  const auto began = std::chrono::steady_clock::now();
  std::error_code ignored;
  if (std::filesystem::exists(cache, ignored)) {
    if (auto opened = open_cache(cache); !opened) return tl::unexpected(opened.error());
  }
  if (auto chosen = choose_names(); !chosen) return tl::unexpected(chosen.error());
  const import_taker take{[&](const std::vector<std::string>& levels) {
                            // A cache is made for what there is to put into it.
                            const bool open = from_ != nullptr || options_.dry_run || ended(open_cache(cache));
                            return open && enter(levels);
                          },
                          [this](imported_message&& one) { return put(std::move(one)); },
                          [this](error why) { failed(std::move(why)); }};
  auto read = read_import(options_.format, options_.from, take);
  if (broken_) return tl::unexpected(*broken_);
  auto closed = close_mailbox();
  if (closed && to_ != nullptr) closed = to_->make_durable();
  if (!closed) return tl::unexpected(closed.error());
  if (!read) return tl::unexpected(read.error());
  if (stop_) return fail(errc::cancelled);
  if (report_.folders == 0 && report_.failed == 0)
    return fail(errc::file_error, options_.from.string() + ": nothing of that format is in it");
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return std::move(report_);
}

}  // namespace

result<import_report> import_files(const std::filesystem::path& cache, const import_options& options, std::int64_t now,
                                   const std::atomic<bool>& stop,
                                   const std::function<void(const import_report&)>& step) {
  return importer(options, now, stop, step).run(cache);
}

}  // namespace outmap::archive
