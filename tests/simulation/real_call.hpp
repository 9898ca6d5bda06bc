// The C library's own function behind one of ours.
#pragma once

#include <dlfcn.h>

namespace outmap::simulation {

template <class F>
F real_call(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

}  // namespace outmap::simulation
