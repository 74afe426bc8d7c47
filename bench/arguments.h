// Arguments of the small programs here: "--name value", nothing else. A program asks for each by name with a default;
// an argument that nobody asked for is an error, so that a typing error cannot make a benchmark measure another thing.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace rollcall::bench {

class Arguments {
public:
    // Throws std::runtime_error with a sentence.
    Arguments(int count, char** texts) {
        for (int i = 1; i < count; i += 2) {
            const std::string name = texts[i];
            if (!name.starts_with("--") || i + 1 >= count) {
                throw std::runtime_error("arguments are written --name value; not so: " + name);
            }
            values_[name.substr(2)] = texts[i + 1];
        }
    }

    std::string text(const std::string& name, const std::string& missing = "") {
        known_.insert(name);
        const auto found = values_.find(name);
        return found == values_.end() ? missing : found->second;
    }
    std::string needed(const std::string& name) {
        const auto value = text(name);
        if (value.empty()) throw std::runtime_error("--" + name + " is missing");
        return value;
    }
    int64_t number(const std::string& name, int64_t missing) {
        const auto value = text(name);
        return value.empty() ? missing : std::strtoll(value.c_str(), nullptr, 10);
    }
    double real(const std::string& name, double missing) {
        const auto value = text(name);
        return value.empty() ? missing : std::strtod(value.c_str(), nullptr);
    }

    // After everything has been asked for.
    void refuse_unknown() const {
        for (const auto& [name, value] : values_) {
            if (!known_.contains(name)) throw std::runtime_error("there is no argument --" + name);
        }
    }

private:
    std::map<std::string, std::string> values_;
    std::set<std::string> known_;
};

}  // namespace rollcall::bench
