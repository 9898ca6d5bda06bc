#include "bench/drain.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>

namespace outmap::bench {
namespace {

class connection {
 public:
  using taker = std::function<void(const char*, std::size_t)>;

  explicit connection(const drain_account& to) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    bio_.reset(BIO_new_ssl_connect(context_.get()));
    BIO_set_conn_hostname(bio_.get(), (to.host + ":" + std::to_string(to.port)).c_str());
    if (BIO_do_connect(bio_.get()) != 1) throw std::runtime_error("the drain cannot connect");
  }

  void log_in(const drain_account& as) {
    expect("*");
    ask("LOGIN \"" + as.user + "\" \"" + as.password + "\"");
  }

  // One command, to its tagged OK.
  void ask(const std::string& command) {
    write(command);
    expect(last_tag());
  }

  // All of them at once; read to the tagged OK of the last one.
  void ask_at_once(const std::vector<std::string>& commands) {
    for (const auto& command : commands) pending_ += next_tag() + ' ' + command + "\r\n";
    BIO_set_nbio(bio_.get(), 1);
    flush_while_reading();
    expect(last_tag());
  }

  void give_to(taker where) { taker_ = std::move(where); }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  [[nodiscard]] std::string cipher() const {
    SSL* ssl = nullptr;
    BIO_get_ssl(bio_.get(), &ssl);
    return std::string(SSL_get_cipher_name(ssl)) + ", " + SSL_get_version(ssl);
  }

 private:
  std::string next_tag() {
    ++tags_;
    return last_tag();
  }
  [[nodiscard]] std::string last_tag() const { return std::string("a").append(std::to_string(tags_)); }

  void write(const std::string& command) {
    const auto line = next_tag() + ' ' + command + "\r\n";
    if (BIO_write(bio_.get(), line.data(), static_cast<int>(line.size())) != static_cast<int>(line.size())) {
      throw std::runtime_error("the drain cannot write");
    }
  }

  // A server that cannot write does not read: whoever sends much must read meanwhile.
  void flush_while_reading() {
    while (!pending_.empty()) {
      const int sent =
          BIO_write(bio_.get(), pending_.data(), static_cast<int>(std::min<std::size_t>(pending_.size(), 16384)));
      if (sent > 0) {
        pending_.erase(0, static_cast<std::size_t>(sent));
        continue;
      }
      if (!BIO_should_retry(bio_.get())) throw std::runtime_error("the drain cannot write");
      if (!read_some()) wait_for(POLLIN | POLLOUT);
    }
  }

  void wait_for(short what) {
    int socket = -1;
    BIO_get_fd(bio_.get(), &socket);
    pollfd waiting{socket, what, 0};
    ::poll(&waiting, 1, -1);
  }

  bool read_some() {
    const int got = BIO_read(bio_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
    if (got <= 0) {
      if (BIO_should_retry(bio_.get())) return false;
      throw std::runtime_error("the server closed the drain's connection");
    }
    const auto size = static_cast<std::size_t>(got);
    octets_ += size;
    if (taker_) taker_(buffer_.data(), size);
    // The tagged answer is short and the last thing the server sends, so only the end of each read is kept.
    const auto shown = std::min(size, most_kept);
    tail_.append(buffer_.data() + size - shown, shown);
    if (tail_.size() > 2 * most_kept) tail_.erase(0, tail_.size() - most_kept);
    return true;
  }

  // Until a line begins with `first` and is whole; then what is kept is forgotten.
  void expect(const std::string& first) {
    const auto wanted = std::string("\n").append(first).append(" ");
    for (;;) {
      const auto at = tail_.find(wanted);
      if (at != std::string::npos && tail_.back() == '\n') {
        if (tail_.compare(at + wanted.size(), 3, "OK ") != 0) {
          throw std::runtime_error("the server refuses: " + tail_.substr(at + 1));
        }
        tail_.assign(1, '\n');
        return;
      }
      if (!read_some()) wait_for(POLLIN);
    }
  }

  static constexpr std::size_t most_kept = 4096;

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<BIO, decltype(&BIO_free_all)> bio_{nullptr, BIO_free_all};
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  std::string tail_ = "\n";
  std::string pending_;
  taker taker_;
  std::uint64_t octets_ = 0;
  unsigned tags_ = 0;
};

std::string select(const std::string& mailbox) { return "SELECT \"" + mailbox + '"'; }

// Append only, synced when asked.
class plain_file {
 public:
  explicit plain_file(const std::filesystem::path& to) : file_(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600)) {
    if (file_ < 0) throw std::runtime_error("cannot create " + to.string());
  }
  ~plain_file() { ::close(file_); }
  plain_file(plain_file&&) = delete;
  plain_file& operator=(plain_file&&) = delete;

  void append(const char* octets, std::size_t size) {
    while (size > 0) {
      const auto written = ::write(file_, octets, size);
      if (written <= 0) throw std::runtime_error("the drain cannot write its file");
      octets += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  void sync() {
    if (::fsync(file_) != 0) throw std::runtime_error("the drain cannot sync its file");
  }

 private:
  int file_;
};

}  // namespace

std::uint64_t drain(const drain_account& from, const std::string& mailbox, const std::vector<std::string>& fetches) {
  connection c(from);
  c.log_in(from);
  c.ask(select(mailbox));
  for (const auto& fetch : fetches) c.ask(fetch);
  return c.octets();
}

std::uint64_t drain_to_file(const drain_account& from, const std::string& mailbox, const std::string& fetch,
                            const std::filesystem::path& to) {
  plain_file file(to);
  connection c(from);
  c.log_in(from);
  c.ask(select(mailbox));
  c.give_to([&](const char* octets, std::size_t size) { file.append(octets, size); });
  c.ask(fetch);
  file.sync();
  return c.octets();
}

std::uint64_t drain_mailboxes(const drain_account& from, const std::vector<std::string>& mailboxes,
                              const std::string& fetch, pacing how) {
  connection c(from);
  c.log_in(from);
  std::vector<std::string> commands;
  for (const auto& mailbox : mailboxes) {
    commands.push_back(select(mailbox));
    commands.push_back(fetch);
  }
  if (how == pacing::pipelined) {
    c.ask_at_once(commands);
  } else {
    for (const auto& command : commands) c.ask(command);
  }
  return c.octets();
}

std::string negotiated_cipher(const drain_account& with) {
  connection c(with);
  return c.cipher();
}

}  // namespace outmap::bench
