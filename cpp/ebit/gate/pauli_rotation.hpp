// exp(-i angle P / 2) for a Pauli string P on up to three qubits, an index in base 4 (I, X, Y, Z, qubit 0
// first). Every gate with parameters is a product of these. A string Q that commutes with P stays, any
// other one turns into cos(angle) Q + sin(angle) (-i P Q): a rotation in planes of two strings each.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

namespace ebit {

class PauliRotation {
  public:
    PauliRotation(int num_qubits, std::uint8_t pauli);

    // The rotation after what stands in a row-major matrix: a transfer matrix 4^k x 4^k, or a unitary.
    void turn_transfer(double angle, double* transfer) const;
    void turn_unitary(double angle, std::complex<double>* unitary) const;

    struct Plane {
        std::uint8_t from, to;  // `from` turns toward `to`
    };
    const std::vector<Plane>& planes() const { return planes_; }

  private:
    int num_qubits_;
    std::uint8_t pauli_;
    std::vector<Plane> planes_;
};

}  // namespace ebit
