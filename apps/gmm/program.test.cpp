#include "asp/base/testing.hpp"
