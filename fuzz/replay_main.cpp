// Runs a fuzz target over files and folders given as arguments, in builds without libFuzzer.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

bool replay(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        return false;
    }
    // Printed first, so that the culprit is the last name of a run that dies.
    std::fprintf(stderr, "%s\n", path.c_str());
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(content.data()), content.size());
    return true;
}

}  // namespace

int main(int argument_count, char** arguments) {
    bool all_read = true;
    int count = 0;
    for (int i = 1; i < argument_count; ++i) {
        if (!std::filesystem::is_directory(arguments[i])) {
            all_read = replay(arguments[i]) && all_read;
            ++count;
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
            if (!entry.is_regular_file()) continue;
            all_read = replay(entry.path()) && all_read;
            ++count;
        }
    }
    std::fprintf(stderr, "%d inputs\n", count);
    return all_read && count > 0 ? 0 : 1;
}
