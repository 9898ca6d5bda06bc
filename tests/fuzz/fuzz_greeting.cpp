// The conversation before a login: greeting, CAPABILITY, STARTTLS, AUTHENTICATE, by a client that goes on as far as it
// is let. The first octet says how the octets of the server are cut.
#include <algorithm>
#include <span>

#include "fuzz_input.hpp"
#include "profile/conversation.hpp"

using namespace outmap;
using fuzz::must;

namespace {

class client final : public profile::conversation_events {
 public:
  client()
      : talk_(
            limits{},
            [n = 0](std::span<unsigned char> out) mutable {
              for (auto& octet : out) octet = static_cast<unsigned char>(n++);
            },
            nullptr) {}

  /// False: the connection is of no more use.
  bool hear(std::span<const char> octets) {
    if (!talk_.receive(octets, *this)) return false;
    must(talk_.greeted() || said_.empty(), "nothing is said before a greeting");
    return true;
  }

  void on_greeting(const wire::status_response& greeting) override {
    using wire::condition;
    must(greeting.condition == condition::ok || greeting.condition == condition::preauth ||
             greeting.condition == condition::bye,
         "a greeting");
    must(!std::exchange(greeted_, true), "one greeting");
    say(profile::capability_command{});
  }
  void on_data(profile::command_id, wire::response& data) override {
    if (auto* list = std::get_if<wire::capability_data>(&data)) names_ = list->names;
  }
  void on_body_begin(profile::command_id, wire::body_section, std::uint64_t) override {}
  void on_body_data(std::span<const char>) override {}
  void on_body_end() override {}
  void on_continuation(profile::command_id, std::string_view text) override {
    must(step_ == 3, "only AUTHENTICATE is asked for more");
    must(text.size() <= limits{}.line, "a bounded challenge");
    talk_.answer("*");
  }
  void on_complete(profile::command_id, const wire::status_response& status) override {
    const bool good = status.condition == wire::condition::ok;
    if (step_ == 1 && good) {
      talk_.set_capabilities(profile::capabilities(names_));
      say(profile::starttls_command{});
    } else if (step_ == 2 && good) {
      tls_ = true;
    } else if (step_ == 2) {
      say(profile::authenticate_command{"NTLM"});
    }
  }
  void on_dropped(const error& why) override { must(!why.detail.empty(), "a reason"); }

  /// The handshake is over, or there is none to come.
  void raise() {
    if (!std::exchange(tls_, false)) return;
    talk_.tls_started();
    must(talk_.known().names().empty(), "nothing is known behind TLS");
    say(profile::authenticate_command{"NTLM"});
  }

 private:
  void say(const profile::command& what) {
    if (!talk_.submit(what)) return;
    step_ = std::holds_alternative<profile::capability_command>(what) ? 1
            : std::holds_alternative<profile::starttls_command>(what) ? 2
                                                                      : 3;
    said_ += talk_.take_output();
    must(said_.find("LOGIN") == std::string::npos, "no password");
  }

  profile::conversation talk_;
  std::vector<std::string> names_;
  std::string said_;
  int step_ = 0;
  bool greeted_ = false;
  bool tls_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in(data, size);
  const std::size_t chunk = 1 + in.octet();
  client anna;
  // The tags are known: 0 to 3, 4 to 7 and so on of the 36 characters.
  for (auto rest = in.rest(); !rest.empty();) {
    const auto piece = rest.substr(0, chunk);
    rest.remove_prefix(piece.size());
    if (!anna.hear({piece.data(), piece.size()})) break;
    anna.raise();
  }
  return 0;
}
