// What can be known of a state before its numbers are: which of its coefficients are zero, which
// are one, and which of a single state are equal but for their signs. Plans depend on this alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ebit/density/row_graph.hpp"
#include "ebit/density/row_runner.hpp"

namespace ebit {

class Structure {
  public:
    // Of a single state, by its numbers; of a batch: its rows without any number but zero.
    Structure(const RowArrays::State& state, std::size_t num_rows, std::size_t size);

    // The rows of input number `state` of a graph.
    std::vector<RowValue> values(RowGraph& graph, std::uint32_t state) const;
    void append_to(std::string& key) const;

  private:
    bool single_;
    std::vector<std::int32_t> rows_;  // 0; 1 or -1; or 2 + (the first row like it), with a sign
};

}  // namespace ebit
