// outmap append: a message from a file into a folder.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <system_error>

#include "cli/change_command.hpp"
#include "cli/date_argument.hpp"
#include "cli/flag_argument.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t largest_message = std::size_t{256} << 20;
constexpr std::size_t octets_at_a_time = std::size_t{1} << 16;

class append_command final : public change_command {
 public:
  std::string_view name() const override { return "append"; }
  std::string_view summary() const override { return "Put a message from a file into a folder"; }
  std::string_view examples() const override {
    return "FILE - is standard input. Header lines may be missing, as in a draft.\n\n"
           "Examples:\n"
           "  outmap append Drafts draft.eml --flag draft --flag seen\n"
           "  outmap show INBOX 17 --raw | outmap append 'Old mail' - --date 2024-03-01T12:30:00+01:00";
  }

 protected:
  void declare_arguments(CLI::App& app) override;
  result<outbox::ids> record(mail_to_change& in, surroundings& with) override;

 private:
  std::string folder_;
  std::string file_;
  flag_set flags_;
  std::optional<internal_date> date_;
};

void append_command::declare_arguments(CLI::App& app) {
  folder_argument(app, folder_);
  app.add_option("FILE", file_, "The message; - for standard input")->required();
  app.add_option_function<std::vector<std::string>>(
         "--flag",
         [this](const std::vector<std::string>& words) {
           for (const auto& word : words) {
             const auto flag = flag_named(word);
             if (!flag) throw CLI::ValidationError("--flag", flag.error().detail);
             flags_.set(*flag);
           }
         },
         "A flag that it has from the beginning: seen, answered, flagged, deleted or draft; may be repeated")
      ->type_name("FLAG")
      ->group("Change");
  app.add_option_function<std::string>(
         "--date",
         [this](const std::string& text) {
           const auto date = date_from(text);
           if (!date) throw CLI::ValidationError("--date", date.error().detail);
           date_ = *date;
         },
         "When it was received (default: the server takes the time at which it comes)")
      ->type_name("DATE")
      ->group("Change");
}

/// The octets that can be read from a descriptor, which stays open.
result<std::string> read_all(int from, const std::string& name, const interruption& stop) {
  std::string out;
  while (true) {
    if (stop.requested()) return fail(errc::cancelled);
    const auto before = out.size();
    out.resize(before + octets_at_a_time);
    const auto got = ::read(from, out.data() + before, octets_at_a_time);
    const int reason = errno;
    out.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return out;
    if (got < 0 && reason != EINTR)
      return fail(errc::file_error, name + ": " + std::generic_category().message(reason));
    if (out.size() > largest_message) return fail(errc::invalid_argument, name + " is larger than 256 MiB");
  }
}

result<std::string> read_message(const std::string& file, const interruption& stop) {
  if (file == "-") return read_all(STDIN_FILENO, "standard input", stop);
  const auto name = printable(file, 4096);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(errc::file_error, name + ": " + std::generic_category().message(errno));
  auto out = read_all(descriptor, name, stop);
  ::close(descriptor);
  return out;
}

result<outbox::ids> append_command::record(mail_to_change& in, surroundings& with) {
  const auto folder = in.folder(folder_);
  if (!folder) return tl::unexpected(folder.error());
  const auto message = read_message(file_, with.stop);
  if (!message) return tl::unexpected(message.error());
  const auto id = in.queue.append(folder->mailbox, *message, flags_, date_);
  if (!id) return tl::unexpected(id.error());
  return outbox::ids{*id};
}

}  // namespace

std::unique_ptr<command> make_append_command() { return std::make_unique<append_command>(); }

}  // namespace outmap::cli
