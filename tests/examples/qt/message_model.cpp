#include "message_model.hpp"

#include <QFont>

void message_model::show(const outmap::mailbox_name& mailbox) {
  beginResetModel();
  if (mailbox_ != mailbox) seen_.clear();
  mailbox_ = mailbox;
  rows_.clear();
  // A list that cannot be read is an empty one; the window tells of the cache's state.
  static_cast<void>(mail_.messages(mailbox, [this](const outmap::stored_message& m) {
    rows_.push_back(m);
    return true;
  }));
  endResetModel();
}

int message_model::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(rows_.size()); }

const outmap::header_summary& message_model::summary(const outmap::stored_message& of) const {
  constexpr std::size_t most_held = 10'000;
  if (seen_.size() >= most_held) seen_.clear();
  const auto [at, is_new] = seen_.try_emplace(of.uid);
  if (is_new) {
    if (const auto header = mail_.header(mailbox_, of.uid)) at->second = outmap::summarize(*header);
  }
  return at->second;
}

QVariant message_model::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount({})) return {};
  const auto& message = at(index.row());
  if (role == Qt::FontRole) {
    QFont font;
    font.setBold(!message.flags.has(outmap::system_flag::seen));
    return font;
  }
  if (role != Qt::DisplayRole) return {};
  const auto text = [](const std::string& s) { return QString::fromStdString(s).simplified(); };
  switch (index.column()) {
    case subject: return text(summary(message).subject);
    case from: return text(summary(message).from);
    case date: return text(summary(message).date);
    default: return text(message.flags.to_string());
  }
}

QVariant message_model::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole || orientation != Qt::Horizontal) return {};
  static const char* const names[columns] = {"Subject", "From", "Date", "Flags"};
  return names[section];
}
