#include "api/queued_tree.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace outmap {

void queued_tree::apply(const queued_change& change) {
  switch (change.kind) {
    case change_kind::rename:
      if (taken(change.destination)) return;
      break;
    case change_kind::create:
    case change_kind::remove:
    case change_kind::subscribe:
    case change_kind::unsubscribe: break;
    default: return;
  }
  steps_.push_back({change.kind, change.id, change.mailbox, change.destination});
}

std::optional<std::string_view> queued_tree::behind(const mailbox_name& above, const mailbox_name& name) const {
  const std::string_view whole = name.wire();
  if (!whole.starts_with(above.wire())) return std::nullopt;
  const auto rest = whole.substr(above.wire().size());
  if (!rest.empty() && (!delimiter_ || rest.front() != *delimiter_)) return std::nullopt;
  return rest;
}

std::optional<tree_place> queued_tree::at(const mailbox_name& name) const {
  tree_place out{name};
  // Backwards: what it was called before each change.
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->kind == change_kind::create) {
      if (step->name == out.cached && out.created == 0) out.created = step->id;
    } else if (step->kind == change_kind::remove) {
      if (step->name != out.cached) continue;
      if (out.created != 0) return tree_place{{}, out.created};
      out.removed = true;
    } else if (step->kind == change_kind::rename) {
      if (const auto rest = behind(step->to, out.cached)) {
        out.cached = mailbox_name(step->name.wire() + std::string(*rest));
      } else if (behind(step->name, out.cached)) {
        if (out.created != 0) return tree_place{{}, out.created};
        return std::nullopt;
      }
    }
  }
  return out;
}

std::optional<mailbox_name> queued_tree::carried(mailbox_name name, std::size_t from_step) const {
  for (auto i = from_step; i < steps_.size(); ++i) {
    const auto& step = steps_[i];
    if (step.kind == change_kind::remove && step.name == name) return std::nullopt;
    if (step.kind != change_kind::rename) continue;
    if (const auto rest = behind(step.name, name)) name = mailbox_name(step.to.wire() + std::string(*rest));
  }
  return name;
}

std::optional<mailbox_name> queued_tree::name_of(const mailbox_name& cached) const { return carried(cached, 0); }

std::vector<queued_tree::created_mailbox> queued_tree::created() const {
  std::vector<created_mailbox> out;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind != change_kind::create) continue;
    if (auto name = carried(steps_[i].name, i + 1)) out.push_back({std::move(*name), steps_[i].id});
  }
  return out;
}

std::optional<bool> queued_tree::subscribed(const mailbox_name& name) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->name != name) continue;
    if (step->kind == change_kind::subscribe) return true;
    if (step->kind == change_kind::unsubscribe) return false;
  }
  return std::nullopt;
}

bool queued_tree::taken(const mailbox_name& name) const {
  const auto place = at(name);
  return place && !place->removed && (place->created != 0 || known_.contains(place->cached));
}

}  // namespace outmap
