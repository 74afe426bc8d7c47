#include "directory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace rollcall::bench {

LineFile::LineFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) throw std::runtime_error("the file cannot be read: " + path);
    const auto size = static_cast<size_t>(status.st_size);
    if (size >= UINT32_MAX) throw std::runtime_error("the file is larger than 4 GiB: " + path);
    if (size > 0) {
        void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
        if (data == MAP_FAILED) throw std::runtime_error("the file cannot be mapped: " + path);
        text_ = {static_cast<const char*>(data), size};
    }
    ::close(file);
    for (size_t at = 0; at < size;) {
        const size_t end = text_.find('\n', at);
        if (end == std::string_view::npos) throw std::runtime_error("the last line is not complete: " + path);
        starts_.push_back(static_cast<uint32_t>(at));
        at = end + 1;
    }
}

}  // namespace rollcall::bench
