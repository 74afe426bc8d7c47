#include "outside/trust.h"

namespace rollcall::outside {
namespace {

std::string& ca_file_of_process() {
    static std::string path;
    return path;
}

}  // namespace

void trust_only(std::string ca_file) {
    ca_file_of_process() = std::move(ca_file);
}

const std::string& trusted_ca_file() {
    return ca_file_of_process();
}

}  // namespace rollcall::outside
