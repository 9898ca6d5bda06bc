#include "bench/drain.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace outmap::bench {
namespace {

class connection {
 public:
  explicit connection(const drain_target& to) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    bio_.reset(BIO_new_ssl_connect(context_.get()));
    BIO_set_conn_hostname(bio_.get(), (to.host + ":" + std::to_string(to.port)).c_str());
    if (BIO_do_connect(bio_.get()) != 1) throw std::runtime_error("the drain cannot connect");
  }

  // Reads until a line begins with `start`; gives the octets.
  std::uint64_t read_until(const std::string& start) {
    const auto wanted = "\n" + start;
    std::uint64_t octets = 0;
    std::string tail = "\n";
    while (true) {
      const int got = BIO_read(bio_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
      if (got <= 0) throw std::runtime_error("the server closed the drain's connection");
      octets += static_cast<std::uint64_t>(got);
      // The answer's last line is short and ends what the server sends, so only the end of each read is looked at.
      const auto size = static_cast<std::size_t>(got);
      const auto shown = std::min<std::size_t>(size, 4096);
      tail.append(buffer_.data() + size - shown, shown);
      if (tail.find(wanted) != std::string::npos && tail.back() == '\n') return octets;
      if (tail.size() > 8192) tail.erase(0, tail.size() - 4096);
    }
  }

  void send(const std::string& line) {
    if (BIO_write(bio_.get(), line.data(), static_cast<int>(line.size())) != static_cast<int>(line.size())) {
      throw std::runtime_error("the drain cannot write");
    }
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<BIO, decltype(&BIO_free_all)> bio_{nullptr, BIO_free_all};
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace

std::uint64_t drain(const drain_target& from) {
  connection to(from);
  to.read_until("* ");
  to.send("a1 LOGIN \"" + from.user + "\" \"" + from.password + "\"\r\n");
  to.read_until("a1 OK");
  to.send("a2 SELECT " + from.mailbox + "\r\n");
  to.read_until("a2 OK");
  to.send("a3 " + from.fetch + "\r\n");
  return to.read_until("a3 OK");
}

}  // namespace outmap::bench
