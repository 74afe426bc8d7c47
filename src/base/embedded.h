// Data files of the source tree that are compiled into the program: schemas/, profiles/, migrations.
#pragma once

#include <string_view>
#include <vector>

namespace rollcall {

struct EmbeddedFile {
    std::string_view name;  // path in the source tree: "schemas/User.json"
    std::string_view content;
};

// In order of name.
const std::vector<EmbeddedFile>& embedded_files();

}  // namespace rollcall
