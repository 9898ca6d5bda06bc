// Departures of the responses from the ABNF, as the products up to 2010 SP1 show them (XIMAP-2.1.5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outmap::exchange {

/// Which ABNF rules are broken no document says; here: resp-text is missing, a mailbox name or the delimiter lacks its
/// quotes or has needless ones, the words are in odd case. Spacing is never touched (XIMAP-2.1.6). What is drawn
/// depends on the seed and on the responses so far, nothing else. Switched off it changes nothing.
class loose_output {
 public:
  loose_output(bool on, std::uint32_t seed) : on_(on), state_(seed | 1U) {}

  /// Of a tagged OK: leave out this text? Never when it holds a response code.
  bool drops_text(std::string_view text);
  /// The response with its leading words in another case. Literals and quoted strings stay.
  std::string keyword_case(std::string_view response);
  /// "/" with or without its quotes.
  std::string delimiter();
  /// A name as name_on_wire() made it: a quoted one may lose its quotes, an atom may get some. A literal stays, and so
  /// does a name that would lose its end without quotes.
  std::string name(const std::string& on_wire);

 private:
  /// One time in `in`.
  bool draw(std::uint32_t in);

  bool on_;
  std::uint32_t state_;
};

}  // namespace outmap::exchange
