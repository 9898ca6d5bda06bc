// What the people of the sample mailbox write about.
#pragma once

#include <string_view>
#include <vector>

namespace outmap::exchange {

struct sample_language {
  std::string_view reply;  ///< "Re: " in the customs of the language
  std::string_view hello;
  std::string_view bye;
  std::vector<std::string_view> names;  ///< of people
  std::vector<std::string_view> subjects;
  std::vector<std::string_view> sentences;
  std::string_view space;  ///< between sentences
};

enum class sample_tongue { english, german, french, japanese, arabic, russian, greek, chinese, hindi, emoji };

/// UTF-8.
const sample_language& language(sample_tongue which);

}  // namespace outmap::exchange
