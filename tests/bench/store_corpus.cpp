#include "bench/store_corpus.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace outmap::bench {
namespace {

constexpr std::size_t pool_octets = std::size_t{8} << 20;

std::string make_base64() {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937 random(42);
  std::string out;
  out.reserve(pool_octets + 80);
  while (out.size() < pool_octets) {
    for (int i = 0; i < 76; ++i) out += alphabet[random() & 63U];
    out += "\r\n";
  }
  return out;
}

// Words of a vocabulary of 20,000, the frequent ones as frequent as in a language (Zipf).
std::string make_words() {
  std::mt19937 random(7);
  std::vector<std::string> vocabulary(20'000);
  for (auto& word : vocabulary) {
    const auto letters = 2 + random() % 9;
    for (std::size_t i = 0; i < letters; ++i) word += static_cast<char>('a' + random() % 26);
  }
  std::uniform_real_distribution<double> even(0, 1);
  std::string out;
  out.reserve(pool_octets + 80);
  std::size_t column = 0;
  while (out.size() < pool_octets) {
    const auto rank = std::pow(static_cast<double>(vocabulary.size()), even(random)) - 1;
    const auto& word = vocabulary[static_cast<std::size_t>(rank)];
    out += word;
    column += word.size() + 1;
    out += column > 70 ? "\r\n" : " ";
    if (column > 70) column = 0;
  }
  return out;
}

std::size_t size_of(const corpus& what, std::mt19937& random) {
  if (what.how_large == corpus::sizes::small) return 3400;
  const auto kind = random() % 100;
  return kind < 70 ? 2000 + random() % 6000 : kind < 95 ? 20'000 + random() % 40'000 : 200'000 + random() % 200'000;
}

}  // namespace

const std::string& pool_of(corpus::text kind) {
  if (kind == corpus::text::base64) {
    static const std::string base64 = make_base64();
    return base64;
  }
  static const std::string words = make_words();
  return words;
}

void for_each_body(const corpus& what, const std::function<void(std::string_view)>& take) {
  const auto& pool = pool_of(what.of);
  std::mt19937 random(4711);
  std::string body;
  for (std::size_t number = 0; number < what.count; ++number) {
    const auto size = size_of(what, random);
    body = "From: Sender <s" + std::to_string(random() % 500) +
           "@example.com>\r\nTo: alice@example.com\r\nSubject: message " + std::to_string(number) +
           "\r\nDate: Tue, 05 Mar 2024 10:00:00 +0100\r\nMessage-ID: <" + std::to_string(number) + "." +
           std::to_string(random()) +
           "@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
    const auto rest = size - std::min(size, body.size());
    body.append(pool, random() % (pool.size() - rest), rest);
    take(body);
  }
}

}  // namespace outmap::bench
