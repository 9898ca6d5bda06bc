#include <asio/post.hpp>
#include <mutex>
#include <sqlite3.h>
#include "session/session.hpp"
