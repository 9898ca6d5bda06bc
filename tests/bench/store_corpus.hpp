// Bodies for the comparison of stores: the same ones for every form, made as they are asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace outmap::bench {

struct corpus {
  enum class sizes {
    mixed,  ///< most mail is small and most octets are in the few large ones: 28 KB on the average
    small   ///< 3.4 KB each
  };
  enum class text { base64, words };
  std::size_t count = 0;
  sizes how_large = sizes::mixed;
  text of = text::base64;
};

/// What the bodies are cut from: 8 MiB, made once for each kind of text.
const std::string& pool_of(corpus::text kind);

/// Calls `take` with each body in turn; no two are the same. The view is valid during the call.
void for_each_body(const corpus& what, const std::function<void(std::string_view)>& take);

}  // namespace outmap::bench
