// mail URL CACHE [--ca-file FILE] [--screenshot FILE]: the password in OUTMAP_PASSWORD. With --screenshot it ends after
// the first sync and leaves a picture of its window.
#include <QApplication>
#include <QPixmap>
#include <QTimer>
#include <cstdlib>
#include <iostream>

#include "mail_window.hpp"

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  const auto words = QApplication::arguments();
  if (words.size() < 3) return std::cerr << "usage: mail URL CACHE [--ca-file FILE] [--screenshot FILE]\n", 2;
  const auto option = [&](const char* name) {
    const auto at = words.indexOf(name);
    return at > 0 && at + 1 < words.size() ? words[at + 1] : QString();
  };
  auto config = outmap::account_from_url(words[1].toStdString());
  if (!config) return std::cerr << outmap::printable(config.error().message()) << '\n', 2;
  if (const char* password = std::getenv("OUTMAP_PASSWORD")) config->password = outmap::secret(password);
  config->cache = words[2].toStdString();
  config->ca_file = option("--ca-file").toStdString();
  mail_window window(*config);
  window.show();
  const auto picture = option("--screenshot");
  if (!picture.isEmpty()) {
    window.when_synced([&](bool complete) {
      // After the window has painted what came.
      QTimer::singleShot(0, &window,
                         [&, complete] { QApplication::exit(window.grab().save(picture) && complete ? 0 : 1); });
    });
  }
  return QApplication::exec();
}
