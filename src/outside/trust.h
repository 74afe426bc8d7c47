// Whose certificates other servers need, for everything in outside/. Set once, before the first call.
#pragma once

#include <string>

namespace rollcall::outside {

// A file of CA certificates (PEM) in the place of the system's; empty: the system's.
void trust_only(std::string ca_file);
const std::string& trusted_ca_file();

}  // namespace rollcall::outside
