#include "ebit/density/pauli_string.hpp"

#include <algorithm>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/density/qubits.hpp"

namespace ebit {

namespace {

std::vector<std::uint8_t> phases(std::size_t pauli, int num_qubits) {
    std::vector<std::uint8_t> out(std::size_t{1} << 2 * num_qubits);
    for (std::size_t q = 0; q < out.size(); ++q) out[q] = static_cast<std::uint8_t>(product_phase(q, pauli));
    return out;
}

}  // namespace

ProductPhases::ProductPhases(std::size_t pauli, int num_qubits)
    : low_bits(2 * std::min(num_qubits, 6)),
      high(phases(pauli >> low_bits, num_qubits - low_bits / 2)),
      low(phases(pauli & ((std::size_t{1} << low_bits) - 1), low_bits / 2)) {}

PauliString pauli_string(std::string_view text, std::span<const int> qubits, int num_qubits) {
    require_qubits(qubits, num_qubits);
    const bool is_signed = text.starts_with('+') || text.starts_with('-');
    const std::string_view letters = text.substr(is_signed ? 1 : 0);
    PauliString out{0, text.starts_with('-')};
    if (letters.find_first_not_of("IXYZ") != std::string_view::npos)
        throw InvalidParameter("pauli", text, "letters I, X, Y, Z after an optional sign");
    if (letters.size() != qubits.size())
        throw InvalidParameter("pauli", text,
                               "one letter for each of " + std::to_string(qubits.size()) + " qubits");
    for (std::size_t k = 0; k < letters.size(); ++k)
        out.row |= std::string_view("IXYZ").find(letters[k]) << digit_shift(qubits[k], num_qubits);
    if (out.row == 0) throw InvalidParameter("pauli", text, "at least one X, Y or Z: I measures nothing");
    return out;
}

}  // namespace ebit
