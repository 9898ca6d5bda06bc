#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "support/results_listener.hpp"

REGISTER_LISTENER("results", 1, outmap::test::results_listener);
