// What a shared library shows of itself.
#pragma once

/// OUTMAP_PUBLIC behind the name of a namespace: what is declared there can be used from outside the library, but for
/// the classes marked OUTMAP_HIDDEN. All else is hidden.
#if defined(__GNUC__)
#define OUTMAP_PUBLIC __attribute__((visibility("default")))
#define OUTMAP_HIDDEN __attribute__((visibility("hidden")))
#else
#define OUTMAP_PUBLIC
#define OUTMAP_HIDDEN
#endif
