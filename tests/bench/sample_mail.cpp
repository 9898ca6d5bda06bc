#include "bench/sample_mail.hpp"

#include <random>
#include <string_view>

namespace outmap::bench {
namespace {

std::mt19937 source(std::uint32_t seed, std::size_t number) {
  std::seed_seq both{seed, static_cast<std::uint32_t>(number)};
  return std::mt19937(both);
}

std::string message(std::mt19937& random, std::size_t number, std::size_t size) {
  const auto word = [&random] { return std::to_string(random()); };
  std::string text;
  text.reserve(size + 512);
  text += "From: Sender " + std::to_string(random() % 500) + " <s" + std::to_string(random() % 500) +
          "@example.com>\r\nTo: alice@example.com\r\nSubject: message " + std::to_string(number) +
          "\r\nDate: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <" + std::to_string(number) + "." + word() + "." +
          word() +
          "@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n";
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.size() < size) {
    for (int i = 0; i < 76; i += 4) {
      const auto r = random();
      for (unsigned k = 0; k < 4; ++k) text += alphabet[r >> (6 * k) & 63U];
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace

std::string mixed_message(std::uint32_t seed, std::size_t number) {
  auto random = source(seed, number);
  const auto kind = random() % 100;
  const std::size_t size = kind < 69   ? 2000 + random() % 6000
                           : kind < 93 ? 20000 + random() % 40000
                                       : 200000 + random() % 200000;
  return message(random, number, size);
}

std::string small_message(std::uint32_t seed, std::size_t number) {
  auto random = source(seed, number);
  const std::size_t size = 2048 + random() % 2048;
  return message(random, number, size);
}

std::string message_of(std::uint32_t seed, std::size_t number, std::size_t size) {
  auto random = source(seed, number);
  return message(random, number, size);
}

}  // namespace outmap::bench
