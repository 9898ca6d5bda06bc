// Runs a fuzz target without libFuzzer: over the files of its corpus, and then over mutations of them that a seed
// determines. For compilers without libFuzzer, for our sanitizers, and for targets that clang cannot build.
//   fuzz_x [--rounds N] [--seed S] [--keep FILE] FILE-OR-FOLDER...
// With --keep the input that is being tried stands in FILE, so that it is at hand after a crash.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz_input.hpp"
#include "support/tried_line.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest = 16384;

struct order {
  std::uint64_t rounds = 0;
  std::uint32_t seed = 1;
  std::string keep;
  std::vector<fs::path> corpus;
};

order read_order(int argc, char** argv) {
  order out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--rounds" && has_value) {
      out.rounds = std::stoull(argv[++i]);
    } else if (word == "--seed" && has_value) {
      out.seed = static_cast<std::uint32_t>(std::stoul(argv[++i]));
    } else if (word == "--keep" && has_value) {
      out.keep = argv[++i];
    } else if (fs::is_directory(word)) {
      for (const auto& entry : fs::directory_iterator(word)) out.corpus.push_back(entry.path());
    } else {
      out.corpus.emplace_back(word);
    }
  }
  std::sort(out.corpus.begin(), out.corpus.end());
  return out;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The same input for the same seed, on every machine.
class mutator {
 public:
  mutator(const std::vector<std::string>& corpus, std::uint32_t seed) : corpus_(corpus), random_(seed) {}

  std::string next() {
    auto text = corpus_[below(corpus_.size())];
    for (auto edits = 1 + below(8); edits > 0; --edits) edit(text);
    text.resize(std::min(text.size(), longest));
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void edit(std::string& text) {
    static const std::string tokens[] = {"\r\n",
                                         "\n",
                                         "\r",
                                         "(",
                                         ")",
                                         "\"",
                                         "\\",
                                         "{3}\r\n",
                                         "{0}\r\n",
                                         "{99999999999}\r\n",
                                         "{4+}\r\n",
                                         " ",
                                         "NIL",
                                         "BODY[] ",
                                         "* ",
                                         "+ ",
                                         "UID 0 ",
                                         "FLAGS (",
                                         "4294967296",
                                         "\xff",
                                         std::string(1, '\0'),
                                         "\x01",
                                         "\x1e",
                                         "=",
                                         "&",
                                         "-",
                                         "&-",
                                         "OK",
                                         "NO",
                                         "BAD",
                                         "BYE",
                                         "PREAUTH",
                                         "EXISTS",
                                         "EXPUNGE",
                                         "FETCH",
                                         ",",
                                         "qop=",
                                         "rspauth=",
                                         "C: ",
                                         "S: ",
                                         "--b",
                                         "--b--",
                                         "Content-Type: ",
                                         "multipart/mixed; boundary=b",
                                         "message/rfc822",
                                         "text/html",
                                         "charset=",
                                         "utf-7",
                                         "base64",
                                         "=?utf-8?B?",
                                         "?=",
                                         "<",
                                         ">",
                                         "&#x",
                                         "*0*="};
    const auto at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2: text.erase(at, 1 + below(12)); break;
      case 3: text.insert(at, tokens[below(std::size(tokens))]); break;
      case 4: text.insert(below(text.size() + 1), text.substr(at, 1 + below(40))); break;
      default: {
        const auto& other = corpus_[below(corpus_.size())];
        text.insert(at, other.substr(below(other.size() + 1), 1 + below(80)));
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937 random_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto what = read_order(argc, argv);
  if (what.corpus.empty()) {
    std::cerr << "usage: " << argv[0] << " [--rounds N] [--seed S] [--keep FILE] FILE-OR-FOLDER...\n";
    return 2;
  }
  std::uint64_t tried = 0;
  const auto run = [&](const std::string& text) {
    if (!what.keep.empty()) std::ofstream(what.keep, std::ios::binary | std::ios::trunc) << text;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    ++tried;
  };
  std::vector<std::string> corpus;
  for (const auto& file : what.corpus) {
    corpus.push_back(text_of(file));
    run(corpus.back());
  }
  run({});
  mutator inputs(corpus, what.seed);
  for (std::uint64_t i = 0; i < what.rounds; ++i) run(inputs.next());
  const auto program = fs::path(argv[0]).filename().string();
  outmap::test::print_tried(program + ", corpus and mutations", tried, 0,
                            program + " --rounds " + std::to_string(what.rounds) + " --seed " +
                                std::to_string(what.seed) + " tests/fuzz/corpus/" + program.substr(5));
}
