// Programs that have been made, by what they depend on. A few dozen are kept.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "ebit/density/row_program.hpp"

namespace ebit {

class RowPlans {
  public:
    // The program of a key; `make` is called if it is new.
    template <class Make>
    std::shared_ptr<const RowProgram> get(const std::string& key, Make make) {
        const std::lock_guard lock(mutex_);
        const auto known = programs_.find(key);
        if (known != programs_.end()) return known->second;
        if (programs_.size() >= most) programs_.clear();
        return programs_[key] = std::make_shared<const RowProgram>(make());
    }

  private:
    static constexpr std::size_t most = 32;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const RowProgram>> programs_;
};

}  // namespace ebit
