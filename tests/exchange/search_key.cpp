#include "search_key.hpp"

#include <array>
#include <optional>

#include "ascii.hpp"

namespace outmap::exchange {

namespace {

struct flag_word {
  std::string_view word;
  system_flag flag;
  bool set;
};

constexpr std::array<flag_word, 10> flag_words = {{
    {"ANSWERED", system_flag::answered, true},
    {"DELETED", system_flag::deleted, true},
    {"DRAFT", system_flag::draft, true},
    {"FLAGGED", system_flag::flagged, true},
    {"SEEN", system_flag::seen, true},
    {"UNANSWERED", system_flag::answered, false},
    {"UNDELETED", system_flag::deleted, false},
    {"UNDRAFT", system_flag::draft, false},
    {"UNFLAGGED", system_flag::flagged, false},
    {"UNSEEN", system_flag::seen, false},
}};

constexpr std::array<std::pair<std::string_view, search_kind>, 6> date_words = {{
    {"BEFORE", search_kind::before},
    {"ON", search_kind::on},
    {"SINCE", search_kind::since},
    {"SENTBEFORE", search_kind::sent_before},
    {"SENTON", search_kind::sent_on},
    {"SENTSINCE", search_kind::sent_since},
}};

constexpr std::array<std::string_view, 5> field_words = {"BCC", "CC", "FROM", "SUBJECT", "TO"};

search_key negation(search_key of) {
  search_key key{search_kind::negated};
  key.children.push_back(std::move(of));
  return key;
}

class search_parser {
 public:
  search_parser(arguments& args, std::size_t deepest) : args_(args), deepest_(deepest) {}

  search_key keys_to(bool closing) {
    search_key all;
    for (;;) {
      all.children.push_back(one());
      if (closing ? args_.take(')') : args_.at_end()) return all;
      args_.space();
    }
  }

 private:
  search_key one() {
    if (args_.take('(')) {
      const level inside(*this);
      return keys_to(true);
    }
    const std::string word = args_.next_word();
    if (!word.empty() && (word.front() == '*' || (word.front() >= '0' && word.front() <= '9'))) {
      search_key key{search_kind::numbers};
      key.set = args_.set();
      return key;
    }
    args_.atom();
    if (auto key = without_argument(word)) return *std::move(key);
    args_.space();
    return with_argument(word);
  }

  static std::optional<search_key> without_argument(const std::string& word) {
    for (const flag_word& known : flag_words) {
      if (word != known.word) continue;
      search_key key{search_kind::flag};
      key.flag = known.flag;
      return known.set ? key : negation(std::move(key));
    }
    if (word == "ALL") return search_key{};
    if (word == "RECENT") return search_key{search_kind::recent};
    if (word == "OLD") return negation({search_kind::recent});
    if (word != "NEW") return std::nullopt;
    search_key key;
    key.children.push_back({search_kind::recent});
    key.children.push_back(negation({search_kind::flag}));
    return key;
  }

  search_key with_argument(const std::string& word) {
    for (const auto& [known, kind] : date_words) {
      if (word != known) continue;
      search_key key{kind};
      key.day = args_.date();
      return key;
    }
    for (const std::string_view known : field_words) {
      if (word != known) continue;
      search_key key{search_kind::header};
      key.field = word;
      key.text = args_.astring();
      return key;
    }
    if (word == "NOT") {
      const level inside(*this, false);
      return negation(one());
    }
    return word == "OR" ? either() : with_text(word);
  }

  search_key either() {
    const level inside(*this, false);
    search_key key{search_kind::any};
    key.children.push_back(one());
    args_.space();
    key.children.push_back(one());
    return key;
  }

  search_key with_text(const std::string& word) {
    search_key key;
    if (word == "BODY" || word == "TEXT") {
      key.kind = word == "BODY" ? search_kind::body : search_kind::text;
      key.text = args_.astring();
    } else if (word == "HEADER") {
      key.kind = search_kind::header;
      key.field = args_.astring();
      args_.space();
      key.text = args_.astring();
    } else if (word == "KEYWORD" || word == "UNKEYWORD") {
      key.kind = search_kind::keyword;
      key.text = args_.atom();
      if (word == "UNKEYWORD") return negation(std::move(key));
    } else if (word == "LARGER" || word == "SMALLER") {
      key.kind = word == "LARGER" ? search_kind::larger : search_kind::smaller;
      key.number = args_.number();
    } else if (word == "UID") {
      key.kind = search_kind::uids;
      key.set = args_.set();
    } else {
      throw bad_arguments{"Unknown search key."};
    }
    return key;
  }

  /// Counts parentheses for the documented limit, and OR and NOT for the stack's sake.
  class level {
   public:
    explicit level(search_parser& of, bool parenthesis = true) : of_(of), parenthesis_(parenthesis) {
      of_.parentheses_ += parenthesis_ ? 1 : 0;
      constexpr std::size_t deepest_chain = 1'000;
      if (++of_.depth_ > deepest_chain || of_.parentheses_ > of_.deepest_) {
        throw bad_arguments{"The search criteria are nested too deeply."};
      }
    }
    ~level() {
      of_.parentheses_ -= parenthesis_ ? 1 : 0;
      --of_.depth_;
    }
    level(const level&) = delete;
    level& operator=(const level&) = delete;

   private:
    search_parser& of_;
    bool parenthesis_;
  };

  arguments& args_;
  std::size_t deepest_;
  std::size_t parentheses_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

search_program parse_search(arguments& args, std::size_t deepest) {
  search_program program;
  args.space();
  if (args.next_word() == "CHARSET") {
    args.atom();
    args.space();
    program.charset = upper_cased(args.astring());
    args.space();
  }
  program.key = search_parser(args, deepest).keys_to(false);
  return program;
}

}  // namespace outmap::exchange
