// A list of linear operations on n qubits, compiled: neighbours are multiplied (fusion.hpp), and what is left
// runs in few passes over memory.
//
// A state that does not fit a cache is worked on block by block: a pass gathers the numbers that differ in
// some `active` qubits, in runs of neighbouring ones (the last qubits of a single state, the elements of a
// batch), applies all its maps there and scatters them again. Blocks are independent of each other, so that
// threads share them without changing a bit.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "ebit/base/parallel.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/fusion.hpp"

namespace ebit {

class Schedule;

class Program {
  public:
    explicit Program(int num_qubits);

    int num_qubits() const { return num_qubits_; }
    std::size_t size() const { return maps_.size(); }  // operations

    // One to three different qubits; 4^k x 4^k finite entries, row-major. Throws InvalidParameter.
    void add(std::span<const int> qubits, const double* transfer);
    // What differs from element to element of a batch of that size; the program then runs on no other.
    void add(ElementStep step, std::size_t batch);

    // In place. Throws InvalidParameter if the state does not fit, Cancelled.
    void run(DensityMatrix& state, int threads, Cancellation& cancel) const;

    // The same for a state so small that it is one block: at once, in this thread. False if it is larger;
    // nothing has been done then.
    bool run_small(DensityMatrix& state) const;

    // How many maps, and how many passes over memory, a state is changed by.
    struct Outline {
        std::size_t maps, passes;
    };
    Outline outline(const DensityMatrix& state) const;

  private:
    std::shared_ptr<const Schedule> schedule(const DensityMatrix& state) const;
    void require_qubits(std::span<const int> qubits) const;
    void append(QubitMap map, std::size_t batch = 0);

    int num_qubits_;
    std::size_t batch_ = 0;  // of operations by element; 0: any
    std::vector<QubitMap> maps_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const Schedule> last_;
};

}  // namespace ebit
