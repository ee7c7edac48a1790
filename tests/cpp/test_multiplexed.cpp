#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/calendar.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/link_table.hpp"

using namespace ebit;

namespace {

Chain slotted_chain(std::size_t links, double p_success, double p_swap, const SlottedRules& rules) {
    Chain chain;
    Correlations perfect{};
    for (std::size_t i = 0; i < 4; ++i) perfect[entry(i, i)] = phi_plus_signs[i];
    chain.links.assign(links, {.p_success = p_success, .state = perfect});
    chain.nodes.assign(links + 1, {Memory::relaxation(INFINITY, 50.0), {.p_success = p_swap}});
    chain.protocol = Protocol::slotted;
    chain.slotted = rules;
    chain.check();
    return chain;
}

// Of waiting time, attempts and storage, and of their squares.
struct Means {
    std::vector<double> mean;
    std::vector<double> error;
};

Means means_of(BlockSampler& sampler, std::size_t columns, std::size_t shots) {
    Record record(sampler.block_shots(), columns);
    Cancellation cancel;
    std::vector<double> sum(6), square(6);
    std::size_t done = 0;
    for (std::uint64_t block = 0; done < shots; ++block) {
        Stream stream(17, block);
        sampler.fill(stream, cancel, record, sampler.block_shots());
        for (std::size_t s = 0; s < sampler.block_shots(); ++s, ++done) {
            const double x[] = {record.time[s], record.attempts[s], record.storage[0][s]};
            for (std::size_t i = 0; i < 6; ++i) {
                const double value = i < 3 ? x[i] : x[i - 3] * x[i - 3];
                sum[i] += value;
                square[i] += value * value;
            }
        }
    }
    const auto count = static_cast<double>(done);
    Means out;
    for (std::size_t i = 0; i < 6; ++i) {
        out.mean.push_back(sum[i] / count);
        out.error.push_back(std::sqrt((square[i] / count - out.mean[i] * out.mean[i]) / count));
    }
    return out;
}

}  // namespace

TEST_CASE("one memory per side: the law of the sampler of single memories") {
    for (const FailedSwap failed_swap : {FailedSwap::simultaneous, FailedSwap::left_to_right})
        for (const HiddenSegments hidden : {HiddenSegments::regenerate, HiddenSegments::idle})
            for (const double cutoff : {2.0, 1e9}) {
                SlottedRules rules;
                rules.failed_swap = failed_swap;
                rules.hidden_segments = hidden;
                rules.cutoffs = {9.0, cutoff, cutoff, 3.0, 9.0, cutoff};
                const Chain chain = slotted_chain(5, 0.4, 0.7, rules);
                const auto state = make_delivered_state(chain);
                REQUIRE(state->columns().count == 1);
                const auto several = make_multiplexed_sampler(chain, state->columns());
                const auto single = make_lanes_sampler(chain, state->columns());
                const Means ours = means_of(*several, 1, 20000), theirs = means_of(*single, 1, 20000);
                for (std::size_t i = 0; i < 6; ++i)
                    CHECK(std::abs(ours.mean[i] - theirs.mean[i]) <
                          5.0 * std::hypot(ours.error[i], theirs.error[i]));
            }
}

TEST_CASE("one memory per side: published digits") {
    // Four segments, p = 0.9, cut-off 2 (A. G. Inesta et al., npj Quantum Information 9, 46 (2023)).
    SlottedRules rules;
    rules.cutoffs.assign(5, 2.0);
    for (const auto& [p_swap, published] : {std::pair{1.0, 1.38877031}, std::pair{0.5, 9.34690422}}) {
        const Chain chain = slotted_chain(4, 0.9, p_swap, rules);
        const auto state = make_delivered_state(chain);
        const auto sampler = make_multiplexed_sampler(chain, state->columns());
        const Means means = means_of(*sampler, 1, 100000);
        CHECK(std::abs(means.mean[0] - published) < 5.0 * means.error[0]);
    }
}

TEST_CASE("a cancelled shot of many memories stops") {
    SlottedRules rules;
    rules.memories = 64;
    rules.cutoffs.assign(33, 0.0);
    const Chain chain = slotted_chain(32, 1e-3, 0.5, rules);
    const auto state = make_delivered_state(chain);
    const auto sampler = make_multiplexed_sampler(chain, state->columns());
    Record record(sampler->block_shots(), 1);
    Stream stream(1, 1);
    Cancellation cancel;
    cancel.stop();
    CHECK_THROWS_AS(sampler->fill(stream, cancel, record, sampler->block_shots()), Cancelled);
}

TEST_CASE("a calendar tells the next slot and its first place") {
    for (const std::size_t places : {1u, 2u, 5u, 8u}) {
        Calendar calendar(places);
        CHECK(calendar.next() == Calendar::never);
        for (std::size_t i = 0; i < places; ++i) calendar.set(i, 10);
        CHECK(calendar.first() == 0);
        calendar.set(places - 1, 3);
        CHECK(calendar.next() == 3);
        CHECK(calendar.first() == places - 1);
        calendar.set(places - 1, Calendar::never);
        CHECK(calendar.next() == (places == 1 ? Calendar::never : 10));
        calendar.clear();
        CHECK(calendar.next() == Calendar::never);
    }
}

TEST_CASE("joined links keep their places at the outer nodes and know how long their qubits waited") {
    LinkTable links(3, 2);
    const auto a = links.add(0, 1), b = links.add(0, 2), c = links.add(1, 4), d = links.add(1, 6);
    CHECK(links.room(0) == 0);
    links.join(b, c, 7);
    CHECK(links.room(0) == 0);
    CHECK(links.room(1) == 0);
    CHECK(links[b].born == 2);
    CHECK(links.held(0, LinkTable::right)[1] == b);
    CHECK(links.held(2, LinkTable::left)[0] == b);
    CHECK(links.held(2, LinkTable::left)[1] == d);
    CHECK(links.held(1, LinkTable::left).size() == 1);
    links.deliver(b, 9);
    const auto first = links.piece(links[b].first_piece);
    const auto last = links.piece(first.next);
    CHECK(first.left_until == 9);
    CHECK(first.right_until == 7);
    CHECK(last.born == 4);
    CHECK(last.left_until == 7);
    CHECK(last.right_until == 9);
    links.remove(b);
    CHECK(links.room(0) == 1);
    CHECK(links.room(1) == 1);
    // A place that came free is taken again.
    CHECK(links.add(0, 10) != a);
    CHECK(links.held(0, LinkTable::right).size() == 2);
}
