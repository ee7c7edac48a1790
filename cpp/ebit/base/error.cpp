#include "ebit/base/error.hpp"

#include <array>
#include <charconv>

namespace ebit {

namespace {

std::string message(std::string_view name, std::string_view value, std::string_view allowed) {
    std::string text(name);
    text.append(" = ").append(value).append(" is not allowed: it must be ").append(allowed);
    return text;
}

double require(bool ok, std::string_view name, double value, std::string_view allowed) {
    if (!ok) throw InvalidParameter(name, value, allowed);
    return value;
}

}  // namespace

std::string to_text(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
}

InvalidParameter::InvalidParameter(std::string_view name, std::string_view value, std::string_view allowed)
    : std::invalid_argument(message(name, value, allowed)) {}

InvalidParameter::InvalidParameter(std::string_view name, double value, std::string_view allowed)
    : InvalidParameter(name, to_text(value), allowed) {}

// A comparison with NaN is false, so every check below refuses NaN.
double require_probability(std::string_view name, double value) {
    return require(value >= 0.0 && value <= 1.0, name, value, "a probability in [0, 1]");
}

double require_positive(std::string_view name, double value) {
    return require(value > 0.0 && std::isfinite(value), name, value, "positive and finite");
}

double require_non_negative(std::string_view name, double value) {
    return require(value >= 0.0 && std::isfinite(value), name, value, "non-negative and finite");
}

double require_finite(std::string_view name, double value) {
    return require(std::isfinite(value), name, value, "finite");
}

double require_in_range(std::string_view name, double value, double low, double high) {
    if (value >= low && value <= high) return value;  // before any text is made
    throw InvalidParameter(name, value, "in [" + to_text(low) + ", " + to_text(high) + "]");
}

}  // namespace ebit
