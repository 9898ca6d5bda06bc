#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "support/results_listener.hpp"
#include "support/tried.hpp"

REGISTER_LISTENER("results", 1, outmap::test::results_listener);
REGISTER_LISTENER("tried", 2, outmap::test::tried_listener);
