// A small mail app on outmap: folders, messages, one message, flags, and a switch to work off line.
#pragma once

#include <QAction>
#include <QCheckBox>
#include <QLabel>
#include <QMainWindow>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTimer>
#include <QTreeWidget>
#include <memory>
#include <optional>

#include "message_model.hpp"
#include "outmap/background_account.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"

/// Everything here runs on the thread of the window: outmap works on its own and tells through Qt's event loop.
class mail_window final : public QMainWindow, private outmap::observer {
 public:
  explicit mail_window(outmap::account_config config);

  /// Called once the first sync has ended and its mail is shown.
  void when_synced(std::function<void(bool complete)> what) { synced_ = std::move(what); }

 private:
  void on_progress(const outmap::progress& now) noexcept override;
  void on_alert(std::string_view text) noexcept override;

  QWidget* make_view();
  void sync();
  void sync_ended(const outmap::result<outmap::sync_report>& got);
  void open_store();
  void show_folders();
  void show_folder();
  void show_message();
  void toggle(outmap::system_flag flag);
  void say(const outmap::error& why);

  const outmap::account_config config_;
  std::optional<outmap::store> mail_;
  std::unique_ptr<message_model> messages_;
  QTreeWidget* folders_ = nullptr;
  QTableView* list_ = nullptr;
  QPlainTextEdit* text_ = nullptr;
  QCheckBox* offline_ = nullptr;
  QTimer* again_ = nullptr;
  std::function<void(bool)> synced_;
  // Last: it is destroyed first and calls nobody afterwards.
  std::unique_ptr<outmap::background_account> account_;
};
