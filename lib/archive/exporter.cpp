#include "archive/exporter.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/batch.hpp"
#include "archive/directory.hpp"
#include "archive/folder_paths.hpp"
#include "archive/folder_plan.hpp"
#include "archive/mbox_export.hpp"
#include "cache/digester.hpp"
#include "cache/folder_names.hpp"
#include "cache/received_date.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::archive {
namespace {

// Without a lock a young temporary file may be another export's; one of yesterday is nobody's.
constexpr std::chrono::hours abandoned_after{36};

/// The directories of one mailbox. In eml all are the same one.
struct mailbox_directories {
  directory whole;
  std::optional<directory> cur, fresh, tmp;

  [[nodiscard]] const directory& target() const { return cur ? *cur : whole; }
  [[nodiscard]] const directory& temporary() const { return tmp ? *tmp : whole; }
};

class exporter {
 public:
  exporter(cache::reader& from, const export_order& order, const std::atomic<bool>& stop,
           const std::function<void(const export_report&)>& step)
      : from_(from), order_(order), stop_(stop), step_(step) {}

  result<export_report> run();

 private:
  result<void> export_folder(const directory& root, const cache::folder_record& folder, const local_path& path);
  result<void> export_to_mbox(const directory& root, const cache::folder_record& folder, const local_path& path);
  result<void> each_folder(const directory* root);
  result<void> look_at(const cache::folder_record& folder, const local_path& path);
  [[nodiscard]] std::vector<held_file> files_in(const std::filesystem::path& place, bool in_new) const;
  result<mailbox_directories> enter(const directory& root, const local_path& path) const;
  result<void> remove_abandoned(const directory& temporary) const;
  result<std::vector<held_file>> held_files(const mailbox_directories& where) const;
  result<std::vector<wanted_message>> wanted_messages(cache::folder_id folder);
  result<void> carry_out(const cache::folder_record& folder, const mailbox_directories& where);
  result<void> update_flags(const mailbox_directories& where, const held_file& file, const flag_set& flags);
  result<void> write(const cache::folder_record& folder, const wanted_message& message, std::uint32_t copy, batch& out);
  result<void> publish(batch& out);

  [[nodiscard]] bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  static tl::unexpected<error> interrupted() { return fail(errc::cancelled); }
  void count(std::uint64_t& what) {
    ++what;
    told();
  }
  void told() const {
    if (step_) step_(report_);
  }

  cache::reader& from_;
  const export_order& order_;
  const std::atomic<bool>& stop_;
  const std::function<void(const export_report&)>& step_;
  bool locked_ = false;
  export_report report_;
};

result<export_report> exporter::run() {
  const auto began = std::chrono::steady_clock::now();
  result<void> done;
  if (order_.dry_run) {
    done = each_folder(nullptr);
  } else {
    const auto root = directory::open_or_make(order_.to);
    if (!root) return tl::unexpected(root.error());
    const auto lock = root->lock();
    if (lock == directory::lock_outcome::held_by_another) {
      return fail(errc::file_error, root->path().string() + ": another export is writing there");
    }
    locked_ = lock == directory::lock_outcome::taken;
    done = each_folder(&*root);
  }
  if (!done) return tl::unexpected(std::move(done.error()));
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return std::move(report_);
}

/// Without `root` nothing is written.
result<void> exporter::each_folder(const directory* root) {
  const auto folders = from_.folders();
  if (!folders) return tl::unexpected(folders.error());
  auto paths = folder_paths(*folders);
  if (order_.layout == folder_layout::maildirpp) {
    for (auto& p : paths) p = maildirpp_path(p);
  }
  for (std::size_t i = 0; i < folders->size(); ++i) {
    const auto& folder = (*folders)[i];
    const auto name = wire::display_name(folder.listed.mailbox.wire());
    if (stopped()) return interrupted();
    if (!order_.wants(name) || (folder.listed.noselect && folder.messages == 0)) continue;
    auto done = root != nullptr ? export_folder(*root, folder, paths[i]) : look_at(folder, paths[i]);
    if (!done) {
      auto& what = done.error();
      if (what.code == errc::cancelled || what.code == errc::disk_full) return tl::unexpected(std::move(what));
      what.detail = name + ": " + what.detail;
      what.reach = scope::folder;
      report_.failures.push_back(std::move(what));
      told();
    }
    ++report_.folders;
  }
  return {};
}

std::vector<held_file> exporter::files_in(const std::filesystem::path& place, bool in_new) const {
  std::vector<held_file> out;
  const auto names = cache::names_in(place);
  if (!names) return out;
  for (const auto& name : *names) {
    std::error_code gone;
    const auto kind = std::filesystem::symlink_status(place / name, gone).type();
    if (parse_name(order_.format, name)) out.push_back({name, in_new, kind == std::filesystem::file_type::regular});
  }
  return out;
}

/// What export_folder() would do.
result<void> exporter::look_at(const cache::folder_record& folder, const local_path& path) {
  const auto messages = wanted_messages(folder.id);
  if (!messages) return tl::unexpected(messages.error());
  auto place = order_.to;
  if (order_.format == export_format::mbox) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) place /= path[i];
    return export_mbox(from_, folder.id, *messages, nullptr, place, path.back(), stop_, report_, [this] { told(); });
  }
  for (const auto& level : path) place /= level;
  const bool maildir = order_.format == export_format::maildir;
  auto files = files_in(maildir ? place / "cur" : place, false);
  if (maildir) {
    const auto fresh = files_in(place / "new", true);
    files.insert(files.end(), fresh.begin(), fresh.end());
  }
  for (const auto& one : plan_folder(order_.format, *messages, files)) {
    if (stopped()) return interrupted();
    using action = planned_message::action;
    count(one.what == action::keep     ? report_.unchanged
          : one.what == action::rename ? report_.flags_renamed
                                       : report_.written);
  }
  return {};
}

result<void> exporter::export_folder(const directory& root, const cache::folder_record& folder,
                                     const local_path& path) {
  if (order_.format == export_format::mbox) return export_to_mbox(root, folder, path);
  const auto where = enter(root, path);
  if (!where) return tl::unexpected(where.error());
  if (auto cleared = remove_abandoned(where->temporary()); !cleared) return cleared;
  return carry_out(folder, *where);
}

result<void> exporter::export_to_mbox(const directory& root, const cache::folder_record& folder,
                                      const local_path& path) {
  const auto messages = wanted_messages(folder.id);
  if (!messages) return tl::unexpected(messages.error());
  const auto write_in = [&](const directory& where) {
    return export_mbox(from_, folder.id, *messages, &where, where.path(), path.back(), stop_, report_,
                       [this] { told(); });
  };
  if (path.size() == 1) return write_in(root);
  auto at = root.enter(path.front());
  for (std::size_t i = 1; at && i + 1 < path.size(); ++i) at = at->enter(path[i]);
  if (!at) return tl::unexpected(std::move(at.error()));
  return write_in(*at);
}

result<mailbox_directories> exporter::enter(const directory& root, const local_path& path) const {
  auto at = path.empty() ? directory::open_or_make(root.path()) : root.enter(path.front());
  for (std::size_t i = 1; at && i < path.size(); ++i) at = at->enter(path[i]);
  if (!at) return tl::unexpected(std::move(at.error()));
  mailbox_directories out{std::move(*at), {}, {}, {}};
  if (order_.format == export_format::eml) return out;
  for (const auto& [name, place] : {std::pair{"tmp", &out.tmp}, {"new", &out.fresh}, {"cur", &out.cur}}) {
    auto part = out.whole.enter(name);
    if (!part) return tl::unexpected(std::move(part.error()));
    place->emplace(std::move(*part));
  }
  return out;
}

result<void> exporter::remove_abandoned(const directory& temporary) const {
  const auto now = std::chrono::system_clock::now();
  std::vector<std::string> abandoned;
  const auto read = temporary.for_each_entry([&](const std::string& name, bool regular) {
    if (!regular || !is_temporary_name(name)) return;
    const std::chrono::system_clock::time_point changed{std::chrono::seconds(temporary.changed_at(name))};
    if (locked_ || now - changed > abandoned_after) abandoned.push_back(name);
  });
  for (const auto& name : abandoned) temporary.remove(name);
  return read;
}

result<std::vector<held_file>> exporter::held_files(const mailbox_directories& where) const {
  std::vector<held_file> out;
  const auto read = [&](const directory& place, bool in_new) {
    return place.for_each_entry([&](const std::string& name, bool regular) {
      if (parse_name(order_.format, name)) out.push_back({name, in_new, regular});
    });
  };
  auto done = read(where.target(), false);
  if (done && where.fresh) done = read(*where.fresh, true);
  if (!done) return tl::unexpected(std::move(done.error()));
  return out;
}

result<std::vector<wanted_message>> exporter::wanted_messages(cache::folder_id folder) {
  std::vector<wanted_message> out;
  const auto read = from_.for_each_message(folder, [&](const cache::message_record& message) {
    if (message.body_digest) {
      const auto date = cache::received_date(from_, folder, message);
      out.push_back({message.uid, *message.body_digest, date, flag_set(message.flags.system_bits())});
    } else {
      count(report_.without_body);
    }
    return !stopped();
  });
  if (!read) return tl::unexpected(read.error());
  return out;
}

result<void> exporter::carry_out(const cache::folder_record& folder, const mailbox_directories& where) {
  const auto messages = wanted_messages(folder.id);
  if (!messages) return tl::unexpected(messages.error());
  const auto files = held_files(where);
  if (!files) return tl::unexpected(files.error());
  const auto plan = plan_folder(order_.format, *messages, *files);

  batch out(order_.format, where.temporary(), where.target());
  result<void> outcome;
  for (std::size_t i = 0; outcome && i < plan.size(); ++i) {
    if (stopped()) break;
    if (plan[i].what == planned_message::action::keep) {
      count(report_.unchanged);
    } else if (plan[i].what == planned_message::action::rename) {
      outcome = update_flags(where, (*files)[plan[i].file], (*messages)[i].flags);
    } else {
      outcome = write(folder, (*messages)[i], plan[i].copy, out);
      if (outcome && out.full()) outcome = publish(out);
    }
  }
  // Also after an error or an interruption: what is complete is kept.
  auto published = publish(out);
  if (outcome) outcome = std::move(published);
  for (const auto* changed : {&where.target(), where.fresh ? &*where.fresh : nullptr}) {
    if (changed == nullptr) continue;
    auto kept = changed->sync();
    if (outcome) outcome = std::move(kept);
  }
  if (outcome && stopped()) return interrupted();
  return outcome;
}

result<void> exporter::update_flags(const mailbox_directories& where, const held_file& file, const flag_set& flags) {
  const auto old = parse_name(order_.format, file.name);
  const auto& place = file.in_new ? *where.fresh : where.target();
  const auto moved = place.move(file.name, where.target(), old->base + ":2," + updated_info(old->info, flags));
  if (moved && *moved) {
    count(report_.flags_renamed);
    return {};
  }
  // Taken: a second file of the message with these flags. Gone: a mail program renamed it just now.
  if (moved || place.changed_at(file.name) == 0) {
    count(report_.unchanged);
    return {};
  }
  return tl::unexpected(moved.error());
}

result<void> exporter::write(const cache::folder_record& folder, const wanted_message& message, std::uint32_t copy,
                             batch& out) {
  if (auto begun = out.begin(); !begun) return begun;
  result<void> written;
  cache::digester sum;
  const auto read = from_.body(folder.id, message.uid, [&](std::string_view piece) {
    sum.update(piece);
    written = out.append(piece);
    return written.has_value() && !stopped();
  });
  if (!written || stopped()) {
    out.drop();
    return written;
  }
  const auto digest = sum.finish();
  if (!digest) return tl::unexpected(digest.error());
  // A sync beside us may have expunged the message, or given its UID to another one, since the folder was read.
  const bool gone = !read && read.error().code == errc::no_such_message;
  if (gone || (read && *digest != message.digest)) {
    out.drop();
    return {};
  }
  if (!read) {
    out.drop();
    auto damaged = read.error();
    damaged.detail = wire::display_name(folder.listed.mailbox.wire()) + " " + damaged.detail;
    damaged.reach = scope::message;
    report_.failures.push_back(std::move(damaged));
    told();
    return {};
  }
  out.finish({message.date, key_of(message.digest), copy, message.flags});
  return {};
}

result<void> exporter::publish(batch& out) {
  return out.publish([this](std::uint64_t octets) {
    report_.octets += octets;
    count(report_.written);
  });
}

}  // namespace

result<export_report> export_folders(cache::reader& from, const export_order& order, const std::atomic<bool>& stop,
                                     const std::function<void(const export_report&)>& step) {
  return exporter(from, order, stop, step).run();
}

}  // namespace outmap::archive
