// The messages of one folder, for a table.
#pragma once

#include <QAbstractTableModel>
#include <map>
#include <vector>

#include "outmap/store.hpp"

/// Reads the list of a folder when it is shown, and headers as rows come into view: a folder may have a million.
class message_model final : public QAbstractTableModel {
 public:
  enum column { subject, from, date, flags, columns };

  explicit message_model(outmap::store& mail) : mail_(mail) {}

  void show(const outmap::mailbox_name& mailbox);
  [[nodiscard]] const outmap::stored_message& at(int row) const { return rows_[rows_.size() - 1 - std::size_t(row)]; }
  [[nodiscard]] const outmap::mailbox_name& mailbox() const { return mailbox_; }

  [[nodiscard]] int rowCount(const QModelIndex& parent) const override;
  [[nodiscard]] int columnCount(const QModelIndex&) const override { return columns; }
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  [[nodiscard]] const outmap::header_summary& summary(const outmap::stored_message& of) const;

  outmap::store& mail_;
  outmap::mailbox_name mailbox_{"INBOX"};
  std::vector<outmap::stored_message> rows_;  // oldest first
  mutable std::map<outmap::uid, outmap::header_summary> seen_;
};
