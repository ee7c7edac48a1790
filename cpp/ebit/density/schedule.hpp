// The passes of a program over a state of one shape (program.hpp): which qubits are worked on together, and
// how the maps lie in the blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ebit/base/parallel.hpp"
#include "ebit/density/fusion.hpp"
#include "ebit/density/lane_plan.hpp"
#include "ebit/density/linear_map.hpp"

namespace ebit {

struct Shape {
    int num_qubits;
    std::size_t stride;  // 1: a single state
    std::size_t size;    // elements
    bool operator==(const Shape&) const = default;

    bool is_single() const { return stride == 1; }
    std::size_t numbers() const { return power_of_four(num_qubits) * stride; }
};

// A map on qubits of a block, ready to run there.
class PlacedMap {
  public:
    // `all`: the qubits of the block in their order.
    PlacedMap(const QubitMap& map, std::span<const int> all, std::size_t stride);

    // `first` and `elements`: the elements in the block.
    void apply(double* block, std::size_t first, std::size_t elements, double* scratch) const;
    std::size_t scratch(std::size_t elements) const;  // in numbers

    // The parts of a whole state that it can be applied to alone: `part` numbers of every row of the map.
    std::size_t num_parts(std::size_t part) const;
    void apply_part(double* data, std::size_t index, std::size_t part) const;

  private:
    int num_qubits_;  // of the block
    std::size_t stride_;
    std::vector<int> qubits_;  // in the block, in the order of the map's
    StaticMap map_;
    Placement placement_;
    bool in_lanes_ = false;
    LanePlan lanes_;
    std::shared_ptr<const ElementStep> of_element_;
};

// contiguous: blocks are changed where they are. gathered: in a scratch, where their runs stand side by side.
// direct: a single map, part by part.
enum class PassKind { contiguous, gathered, direct };

struct Pass {
    PassKind kind;
    std::vector<std::size_t> rows;  // gathered: where they stand in the state
    std::vector<int> idle;          // blocks differ in these, and in the elements they hold
    std::size_t run;                // numbers side by side in the state and in the block
    std::size_t num_runs;           // in a row of the state
    std::size_t num_blocks;
    std::vector<PlacedMap> maps;
};

class Schedule {
  public:
    Schedule(std::vector<QubitMap> maps, const Shape& shape);

    void run(double* data, int threads, Cancellation& cancel) const;
    bool run_small(double* data) const;  // if the state is one block
    const Shape& shape() const { return shape_; }
    std::size_t num_maps() const;
    std::size_t num_passes() const { return passes_.size(); }

  private:
    using Groups = std::vector<std::vector<QubitMap>>;  // what each pass does

    bool is_contiguous(std::uint32_t qubits) const;
    bool runs_in_parts(const QubitMap& map) const;
    bool fits_one_pass(std::uint32_t qubits) const;
    Groups grouped(const std::vector<QubitMap>& maps, bool from_end) const;
    double cost_of(const Groups& groups) const;
    void add_pass(const std::vector<QubitMap>& maps);
    void run_block(const Pass& pass, double* data, std::size_t block) const;

    Shape shape_;
    int contiguous_ = 0;       // so many last qubits of a single state (all, if it is small) are one block
    int low_ = 0;              // so many of them lie in a run of a gathered block
    std::size_t run_ = 0;      // so many numbers side by side there, or more
    std::size_t scratch_ = 0;  // numbers in a gathered block, at most
    std::vector<Pass> passes_;
};

}  // namespace ebit
