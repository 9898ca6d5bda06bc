#include "mail_window.hpp"

#include <QCoreApplication>
#include <QHeaderView>
#include <QSplitter>
#include <QStatusBar>
#include <QToolBar>
#include <map>

namespace {

constexpr int mailbox_role = Qt::UserRole;
constexpr std::chrono::minutes between_syncs{2};
constexpr std::size_t most_shown = std::size_t{1} << 20;

QString text_of(std::string_view hostile) { return QString::fromUtf8(hostile.data(), int(hostile.size())); }

// What Qt asks for: a function that runs later, on the thread of the event loop.
void run_later(std::function<void()> what) {
  QMetaObject::invokeMethod(QCoreApplication::instance(), std::move(what), Qt::QueuedConnection);
}

}  // namespace

mail_window::mail_window(outmap::account_config config) : config_(std::move(config)) {
  setCentralWidget(make_view());
  auto* const bar = addToolBar("Mail");
  bar->addAction("Sync", this, [this] { sync(); });
  bar->addAction("Read / unread", this, [this] { toggle(outmap::system_flag::seen); });
  bar->addAction("Flag", this, [this] { toggle(outmap::system_flag::flagged); });
  offline_ = new QCheckBox("Work off line");
  bar->addWidget(offline_);
  connect(offline_, &QCheckBox::toggled, this, [this](bool off) {
    if (off) account_->cancel_all();
    if (!off) sync();
  });
  again_ = new QTimer(this);
  connect(again_, &QTimer::timeout, this, [this] { sync(); });
  again_->start(between_syncs);
  resize(1000, 600);
  setWindowTitle(QString::fromStdString(config_.user + " - outmap"));
  open_store();
  account_ = std::make_unique<outmap::background_account>(config_, static_cast<outmap::observer*>(this), run_later);
  sync();
}

QWidget* mail_window::make_view() {
  folders_ = new QTreeWidget;
  folders_->setHeaderLabels({"Folder", "Messages"});
  connect(folders_, &QTreeWidget::currentItemChanged, this, [this] { show_folder(); });
  list_ = new QTableView;
  list_->setSelectionBehavior(QAbstractItemView::SelectRows);
  list_->verticalHeader()->hide();
  list_->setWordWrap(false);
  text_ = new QPlainTextEdit;
  text_->setReadOnly(true);
  auto* const right = new QSplitter(Qt::Vertical);
  right->addWidget(list_);
  right->addWidget(text_);
  auto* const all = new QSplitter;
  all->addWidget(folders_);
  all->addWidget(right);
  all->setStretchFactor(1, 3);
  return all;
}

void mail_window::open_store() {
  if (mail_) return;
  auto opened = outmap::store::open(config_.cache);
  // Before the first sync there is none.
  if (!opened) return;
  mail_.emplace(std::move(*opened));
  messages_ = std::make_unique<message_model>(*mail_);
  list_->setModel(messages_.get());
  list_->horizontalHeader()->setSectionResizeMode(message_model::subject, QHeaderView::Stretch);
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { show_message(); });
  show_folders();
}

void mail_window::sync() {
  if (offline_->isChecked()) return;
  statusBar()->showMessage("Connecting …");
  account_->sync({}, [this](outmap::result<outmap::sync_report> got) { sync_ended(got); });
}

void mail_window::sync_ended(const outmap::result<outmap::sync_report>& got) {
  const auto* const why = !got ? &got.error() : got->failure ? &*got->failure : nullptr;
  if (why != nullptr) say(*why);
  if (why == nullptr) statusBar()->showMessage("Up to date");
  open_store();
  show_folders();
  if (auto told = std::exchange(synced_, nullptr)) told(why == nullptr);
}

void mail_window::show_folders() {
  if (!mail_) return;
  const auto all = mail_->folders();
  if (!all) return say(all.error());
  const QString current = folders_->currentItem() ? folders_->currentItem()->data(0, mailbox_role).toString() : "INBOX";
  QSignalBlocker quiet(folders_);
  folders_->clear();
  // By name: a folder comes behind the one it is in.
  std::map<std::string, QTreeWidgetItem*> shown;
  for (const auto& f : *all) {
    if (f.gone) continue;
    const auto level = f.delimiter ? f.name.rfind(*f.delimiter) : std::string::npos;
    const auto parent = level != std::string::npos ? shown.find(f.name.substr(0, level)) : shown.end();
    const auto name = parent != shown.end() ? f.name.substr(level + 1) : f.name;
    auto* const item = new QTreeWidgetItem({text_of(name), QString::number(f.messages)});
    if (parent != shown.end()) parent->second->addChild(item);
    if (parent == shown.end()) folders_->addTopLevelItem(item);
    shown.emplace(f.name, item);
    item->setData(0, mailbox_role, QString::fromStdString(f.mailbox.wire()));
    if (item->data(0, mailbox_role) == current) folders_->setCurrentItem(item);
  }
  folders_->expandAll();
  show_folder();
}

void mail_window::show_folder() {
  auto* const chosen = folders_->currentItem();
  if (chosen == nullptr || !messages_) return;
  messages_->show(outmap::mailbox_name(chosen->data(0, mailbox_role).toString().toStdString()));
  if (messages_->rowCount({}) != 0) list_->selectRow(0);
}

void mail_window::show_message() {
  text_->clear();
  const auto row = list_->currentIndex().row();
  if (row < 0) return;
  const auto& message = messages_->at(row);
  // One without a UID is still on its way to the server.
  if (message.unsent) return;
  std::string octets;
  const auto read = mail_->body(messages_->mailbox(), message.uid, [&](std::string_view piece) {
    octets.append(piece.substr(0, most_shown - octets.size()));
    return octets.size() < most_shown;
  });
  if (!read) return say(read.error());
  text_->setPlainText(text_of(octets));
}

void mail_window::toggle(outmap::system_flag flag) {
  const auto row = list_->currentIndex().row();
  if (row < 0 || messages_->at(row).unsent) return;
  const auto& message = messages_->at(row);
  auto box = outmap::outbox::open(config_.cache);
  if (!box) return say(box.error());
  outmap::uid_set one;
  one.add(message.uid);
  outmap::flag_change change;
  (message.flags.has(flag) ? change.remove : change.add) = static_cast<std::uint8_t>(flag);
  // On line or off: it is recorded, seen at once, and sent with the next sync.
  const auto recorded = box->mark(messages_->mailbox(), one, change);
  if (!recorded) return say(recorded.error());
  show_folder();
  list_->selectRow(row);
  sync();
}

void mail_window::on_progress(const outmap::progress& now) noexcept {
  statusBar()->showMessage(QString("%1 of %2 messages").arg(now.messages_done).arg(now.messages_total));
}

void mail_window::on_alert(std::string_view text) noexcept { statusBar()->showMessage(text_of(text)); }

void mail_window::say(const outmap::error& why) {
  statusBar()->showMessage(text_of(why.message()) + ": " + text_of(outmap::advice(why.code)));
}
