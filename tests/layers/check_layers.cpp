// check_layers <root>: checks the includes of lib, include and cli below root; names long files, which is no failure.
// Exit code 0: the rule holds, 1: it is broken, 2: nothing could be checked.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "layers/layer_rule.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::ptrdiff_t long_file = 500;

bool is_source(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".hpp" || extension == ".cpp" || extension == ".h" || extension == ".ipp";
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> found;
  if (fs::is_directory(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && is_source(entry.path())) {
        found.push_back(entry.path());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

int check(const fs::path& root) {
  std::size_t files = 0;
  std::size_t breaches = 0;
  for (const char* folder : {"lib", "include", "cli"}) {
    for (const fs::path& path : sources_below(root / folder)) {
      std::ifstream in(path, std::ios::binary);
      const std::string text(std::istreambuf_iterator<char>(in), {});
      const std::string name = path.lexically_relative(root).generic_string();
      if (!in) {
        std::fprintf(stderr, "%s: cannot be read\n", name.c_str());
        return 2;
      }
      ++files;
      for (const layers::breach& b : layers::check_file(name, text)) {
        std::printf("%s:%zu: %s\n", b.file.c_str(), b.line, b.message.c_str());
        ++breaches;
      }
      if (const auto lines = std::count(text.begin(), text.end(), '\n'); lines > long_file) {
        std::printf("long: %s has %td lines\n", name.c_str(), lines);
      }
    }
  }
  if (files == 0) {
    std::fprintf(stderr, "no sources in lib, include and cli below %s\n", root.c_str());
    return 2;
  }
  std::printf("%zu files, %zu breaches of the layer rule\n", files, breaches);
  return breaches == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: check_layers ROOT\n");
    return 2;
  }
  try {
    return check(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
