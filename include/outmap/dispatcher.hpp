// Where an app wants to be called.
#pragma once

#include <functional>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Takes a function from any thread and runs it later, once, on the thread the app has chosen, in the order in which it
/// was given: QMetaObject::invokeMethod(…, Qt::QueuedConnection), g_idle_add, asio::post and the like. It must not run
/// the function before it returns and must not throw. It may drop functions when the app ends.
using dispatcher = std::function<void(std::function<void()>)>;

}  // namespace outmap
