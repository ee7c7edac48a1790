// The passes of a program over a state of one shape (program.hpp): which qubits are gathered when, and how
// the maps lie in the blocks.
#pragma once

#include <cstddef>
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

    std::size_t numbers() const { return power_of_four(num_qubits) * stride; }
};

// A map on qubits of a block, ready to run there.
class PlacedMap {
  public:
    // `all`: the qubits of the block in their order.
    PlacedMap(const QubitMap& map, std::span<const int> all, std::size_t stride);

    // `first` and `count`: the elements in the block.
    void apply(double* block, std::size_t first, std::size_t count, double* scratch) const;
    std::size_t scratch(std::size_t count) const;  // in numbers

  private:
    int num_qubits_;  // of the block
    std::size_t stride_;
    std::vector<int> qubits_;  // in the block, in the order of the map's
    StaticMap map_;
    Placement placement_;
    bool in_lanes_ = false;
    LanePlan lanes_;
    std::shared_ptr<const ElementOperation> of_element_;
};

struct Pass {
    std::vector<int> active;  // gathered
    std::vector<int> idle;    // blocks differ in these, and in the elements they hold
    std::size_t run;          // numbers side by side in the state and in the block
    std::size_t num_runs;     // in a row of the state
    std::vector<PlacedMap> maps;
};

class Schedule {
  public:
    Schedule(std::vector<QubitMap> maps, const Shape& shape);

    void run(double* data, int threads, Cancellation& cancel) const;
    const Shape& shape() const { return shape_; }
    std::size_t num_maps() const;
    std::size_t num_passes() const { return passes_.size(); }

  private:
    void plan_passes(std::vector<QubitMap> maps);
    void add_pass(const std::vector<QubitMap>& maps);
    void run_block(const Pass& pass, double* data, std::size_t block) const;

    Shape shape_;
    std::size_t capacity_;  // numbers in a block
    std::size_t run_;       // so many numbers side by side, or more
    int low_ = 0;           // so many last qubits of a single state lie in them
    std::vector<Pass> passes_;
};

}  // namespace ebit
