#include "bench/synthetic_server.hpp"

#include <asio.hpp>
#include <asio/ssl.hpp>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/synthetic_mailbox.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

namespace outmap::bench {
namespace {

using asio::ip::tcp;
using stream = asio::ssl::stream<tcp::socket>;

constexpr std::size_t written_at_once = std::size_t{256} << 10;
constexpr std::size_t longest_line = std::size_t{64} << 10;

// What the connections share.
struct shared_state {
  std::vector<std::string> names;
  std::vector<synthetic_mailbox> mailboxes;
  std::atomic<bool> thinning = false;  // every tenth message goes
  std::atomic<bool> thinned = false;   // and SELECT knows
};

std::string_view next_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string_view unquoted(std::string_view word) {
  if (word.size() >= 2 && word.front() == '"' && word.back() == '"') return word.substr(1, word.size() - 2);
  return word;
}

class connection {
 public:
  connection(tcp::socket socket, asio::ssl::context& tls, shared_state& state)
      : stream_(std::move(socket), tls), state_(state) {}

  asio::awaitable<void> run() {
    asio::error_code problem;
    const tcp::no_delay at_once(true);
    stream_.lowest_layer().set_option(at_once, problem);
    co_await stream_.async_handshake(stream::server, asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return;
    out_ = "* OK ready\r\n";
    if (!co_await flush()) co_return;
    std::string line;
    while (co_await read_line(line)) {
      if (!co_await answer(line)) co_return;
    }
  }

 private:
  asio::awaitable<bool> flush() {
    asio::error_code problem;
    co_await asio::async_write(stream_, asio::buffer(out_), asio::redirect_error(asio::use_awaitable, problem));
    out_.clear();
    co_return !problem;
  }

  // Answers leave when nothing more is to be read at once or there are many.
  asio::awaitable<bool> read_line(std::string& line) {
    for (;;) {
      const auto end = in_.find("\r\n", begin_);
      if (end != std::string::npos) {
        line.assign(in_, begin_, end - begin_);
        begin_ = end + 2;
        co_return true;
      }
      in_.erase(0, begin_);
      begin_ = 0;
      if (in_.size() > longest_line) co_return false;
      if (!out_.empty() && !co_await flush()) co_return false;
      asio::error_code problem;
      char octets[16384];
      const auto got =
          co_await stream_.async_read_some(asio::buffer(octets), asio::redirect_error(asio::use_awaitable, problem));
      if (problem) co_return false;
      in_.append(octets, got);
    }
  }

  // False: the connection ends.
  asio::awaitable<bool> answer(std::string_view line) {
    const std::string tag(next_word(line));
    const std::string command(next_word(line));
    if (command == "UID") {
      if (next_word(line) != "FETCH" || selected_ == nullptr) {
        out_ += tag + " BAD no\r\n";
        co_return true;
      }
      const std::string set(next_word(line));
      const std::string items(line);
      if (!co_await fetch(set, items)) co_return false;
    } else if (command == "NOOP") {
      if (selected_ != nullptr && !co_await tell_expunged()) co_return false;
    } else if (!answer_at_once(command, line)) {
      out_ += tag + " BAD unknown\r\n";
      co_return true;
    }
    out_ += tag + " OK done\r\n";
    if (command == "LOGOUT") {
      static_cast<void>(co_await flush());
      co_return false;
    }
    co_return true;
  }

  bool answer_at_once(const std::string& command, std::string_view rest) {
    if (command == "LOGIN") return true;
    if (command == "CAPABILITY") {
      out_ += "* CAPABILITY IMAP4rev1\r\n";
    } else if (command == "LOGOUT") {
      out_ += "* BYE\r\n";
    } else if (command == "LIST" || command == "LSUB") {
      next_word(rest);
      list(command, unquoted(rest));
    } else if (command == "SELECT") {
      return select(unquoted(rest));
    } else if (command == "STATUS") {
      out_ += "* STATUS " + std::string(next_word(rest)) + " (UNSEEN 0)\r\n";
    } else {
      return false;
    }
    return true;
  }

  void list(const std::string& command, std::string_view pattern) {
    for (const auto& name : state_.names) {
      if (pattern != name && pattern.find('*') == std::string_view::npos) continue;
      out_ += "* " + command + " () \"/\" \"" + name + "\"\r\n";
    }
  }

  bool select(std::string_view name) {
    selected_ = nullptr;
    for (std::size_t i = 0; i < state_.names.size(); ++i) {
      if (state_.names[i] == name) selected_ = &state_.mailboxes[i];
    }
    if (selected_ == nullptr) return false;
    thinned_ = state_.thinned;
    out_ += "* FLAGS (\\Seen \\Deleted)\r\n* " + std::to_string(selected_->exists(thinned_)) +
            " EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1709629200] ok\r\n* OK [UIDNEXT " +
            std::to_string(selected_->highest_uid() + 1) + "] ok\r\n";
    return true;
  }

  asio::awaitable<bool> tell_expunged() {
    if (thinned_ || !state_.thinning) co_return true;
    thinned_ = true;
    for (std::uint32_t uid = 10; uid <= selected_->highest_uid(); uid += 10) {
      synthetic_mailbox::expunge(out_, uid);
      if (out_.size() >= written_at_once && !co_await flush()) co_return false;
    }
    co_return true;
  }

  asio::awaitable<bool> fetch(const std::string& set, const std::string& items) {
    if (!co_await tell_expunged()) co_return false;
    const auto spans = parse_uid_set(set, selected_->highest_uid());
    for (const auto& span : spans) {
      for (std::uint32_t uid = span.first; uid <= span.last; ++uid) {
        if (!synthetic_mailbox::there(uid, thinned_)) continue;
        const auto filler = selected_->begin_fetch(out_, uid, thinned_, items);
        for (std::size_t sent = 0; sent < filler;) {
          const auto now = std::min(filler - sent, written_at_once);
          synthetic_mailbox::append_filler(out_, now, sent);
          sent += now;
          if (out_.size() >= written_at_once && !co_await flush()) co_return false;
        }
        out_ += synthetic_mailbox::fetch_end;
        if (out_.size() >= written_at_once && !co_await flush()) co_return false;
      }
    }
    co_return true;
  }

  stream stream_;
  shared_state& state_;
  std::string in_;
  std::size_t begin_ = 0;
  std::string out_;
  const synthetic_mailbox* selected_ = nullptr;
  bool thinned_ = false;
};

}  // namespace

struct synthetic_server::impl {
  explicit impl(synthetic_mail mail) : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    for (const auto& name : mail.mailboxes) state.mailboxes.emplace_back(name, mail.messages, mail.body_octets);
    state.names = std::move(mail.mailboxes);
    const auto certificate = authority.issue();
    tls.use_certificate_chain(asio::buffer(certificate.pem));
    tls.use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
    ca_file = folder.write("ca.pem", authority.pem());
    asio::co_spawn(context, accept(), asio::detached);
    for (int i = 0; i < 2; ++i) threads.emplace_back([this] { context.run(); });
  }
  ~impl() {
    context.stop();
    for (auto& thread : threads) thread.join();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      asio::error_code problem;
      tcp::socket socket(asio::make_strand(context));
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, problem));
      if (problem == asio::error::operation_aborted) co_return;
      if (problem) continue;
      const auto executor = socket.get_executor();
      auto one = std::make_shared<connection>(std::move(socket), tls, state);
      asio::co_spawn(
          executor, [one] { return one->run(); }, asio::detached);
    }
  }

  test::temp_dir folder;
  test::certificate_authority authority;
  std::filesystem::path ca_file;
  shared_state state;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  asio::io_context context;
  tcp::acceptor acceptor;
  std::vector<std::thread> threads;
};

synthetic_server::synthetic_server(synthetic_mail mail) : impl_(std::make_unique<impl>(std::move(mail))) {}
synthetic_server::~synthetic_server() = default;

far_end synthetic_server::end() const { return {impl_->acceptor.local_endpoint().port(), impl_->ca_file}; }

std::uint32_t synthetic_server::expunge_every_tenth() {
  impl_->state.thinning = true;
  return impl_->state.mailboxes.front().highest_uid() / 10;
}

void synthetic_server::settle() { impl_->state.thinned = true; }

}  // namespace outmap::bench
