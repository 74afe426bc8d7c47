// CHECK states an invariant of ours. It stays on in release builds; when it fails, the process prints where
// and stops, because continuing with a broken invariant could corrupt a directory. No input may ever trip it.
#pragma once

namespace rollcall {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition) \
    (static_cast<bool>(condition) ? void(0) : ::rollcall::check_failed(#condition, __FILE_NAME__, __LINE__))
