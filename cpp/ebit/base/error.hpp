// Parameter checks: every public constructor of the library goes through these, once.
#pragma once

#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ebit {

// A parameter outside its range. The message names the parameter, the value and what is allowed.
// Reaches Python as ValueError.
class InvalidParameter : public std::invalid_argument {
  public:
    InvalidParameter(std::string_view name, std::string_view value, std::string_view allowed);
    InvalidParameter(std::string_view name, double value, std::string_view allowed);
    using std::invalid_argument::invalid_argument;
};

// The shortest decimal text that reads back as the same number.
std::string to_text(double value);

// Each returns its value, so that members can be initialised through it.
double require_probability(std::string_view name, double value);                        // [0, 1]
double require_positive(std::string_view name, double value);                           // (0, inf)
double require_non_negative(std::string_view name, double value);                       // [0, inf)
double require_finite(std::string_view name, double value);                             // (-inf, inf)
double require_in_range(std::string_view name, double value, double low, double high);  // [low, high]

}  // namespace ebit
