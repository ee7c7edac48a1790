// Steps on two stored states: swapping, purification, teleportation, fusion (bilinear.hpp). Both states are
// brought to the time of the step and their slots are free afterwards; the state that the step leaves, if it
// does and its outcome is accepted, stands in a new slot, as old as the older of the two.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ebit/density/bilinear.hpp"
#include "ebit/density/pool.hpp"

namespace ebit {

class PoolJoin {
  public:
    // `accepted` has one flag per outcome. `kept` tells of every qubit that the step leaves which of the
    // given ones it was, those of the left state counted first: it stays in that one's memory.
    PoolJoin(std::shared_ptr<const BilinearTable> table, std::vector<std::uint8_t> accepted,
             std::vector<int> kept);

    // The mean over the accepted outcomes. Whether the outcome is one of them is drawn, unless all are;
    // where it is not, slots[i] is no_slot.
    void average(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots) const;
    // An outcome each is drawn, and its state is left.
    void sample(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots,
                std::uint8_t* outcomes) const;

  private:
    // The terms of the table by row of the new state, in the order of the table.
    struct Term {
        std::uint32_t left, right, character;
        std::uint32_t number;  // in the table
        double coefficient;    // of a table without a batch
    };
    struct Terms {
        std::vector<Term> list;
        std::vector<std::size_t> end;  // of each row
    };
    Terms terms_of(const std::vector<double>& weight) const;

    void require(StatePool& pool, SlotSpan left, SlotSpan right, Times time) const;
    double product(const Term& term, const double* left, const double* right, std::size_t element) const;
    // Each term times the weight of its character.
    void evaluate(const Terms& terms, const double* weight, const double* left, const double* right,
                  std::size_t element, double* out) const;
    std::size_t draw(StatePool& pool, const double* left, const double* right, std::size_t element) const;
    double total(const double* left, const double* right, std::size_t element) const;
    // Puts a state with trace `out[0]` into a new slot, in place of the two.
    Slot finish(StatePool& pool, Slot left, Slot right, const double* out) const;

    std::shared_ptr<const BilinearTable> table_;
    std::vector<std::uint8_t> accepted_;
    std::vector<int> kept_;
    std::vector<double> signs_;  // of each character, for one outcome after the other
    std::vector<double> sums_;   // of each character, over the accepted outcomes
    Terms all_;
    Terms mean_;  // whose sums are not zero
    bool accepts_all_;
};

}  // namespace ebit
