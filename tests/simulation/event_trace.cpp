#include "simulation/event_trace.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "outmap/error.hpp"

namespace outmap::simulation {
namespace {

std::string hexadecimal(const unsigned char* octets, std::size_t size) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[octets[i] >> 4];
    out += digits[octets[i] & 15];
  }
  return out;
}

std::string finished(const EVP_MD_CTX* sum) {
  EVP_MD_CTX* const copy = EVP_MD_CTX_new();
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  const bool good =
      copy != nullptr && EVP_MD_CTX_copy_ex(copy, sum) == 1 && EVP_DigestFinal_ex(copy, out.data(), &size) == 1;
  EVP_MD_CTX_free(copy);
  if (!good) throw std::runtime_error("SHA-256");
  return hexadecimal(out.data(), size);
}

}  // namespace

event_trace::event_trace() : sum_(EVP_MD_CTX_new()) {
  if (sum_ == nullptr || EVP_DigestInit_ex(sum_, EVP_sha256(), nullptr) != 1) throw std::runtime_error("SHA-256");
}

event_trace::~event_trace() {
  EVP_MD_CTX_free(sum_);
  if (file_ >= 0) ::syscall(SYS_close, file_);
}

// By the calls of the kernel: those of the C library are the machine's own.
void event_trace::write_to(const std::string& file) {
  if (file.empty()) return;
  file_ =
      static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

void event_trace::note(std::chrono::nanoseconds when, std::string_view what, std::string_view octets) {
  ++events_;
  std::string head = std::to_string(when.count()) + ' ' + std::string(what) + ' ' + std::to_string(octets.size()) + ' ';
  EVP_DigestUpdate(sum_, head.data(), head.size());
  EVP_DigestUpdate(sum_, octets.data(), octets.size());
  if (file_ < 0) return;
  const bool text = what.starts_with("octets") || what.starts_with("step");
  if (text) {
    head += printable(octets);
  } else {
    std::uint64_t mixed = 14695981039346656037U;
    for (const char c : octets) mixed = (mixed ^ static_cast<unsigned char>(c)) * 1099511628211U;
    head += std::to_string(mixed);
  }
  head += '\n';
  [[maybe_unused]] const auto ignored = ::syscall(SYS_write, file_, head.data(), head.size());
}

std::string event_trace::digest() const { return finished(sum_); }

}  // namespace outmap::simulation
