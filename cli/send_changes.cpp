#include "cli/send_changes.hpp"

namespace outmap::cli {

outcome send_changes(chosen_account&, surroundings& with) {
  with.out.report("recorded; not sent yet");
  return {};
}

}  // namespace outmap::cli
