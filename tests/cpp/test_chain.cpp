#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/chain/sampler.hpp"
#include "ebit/chain/tree.hpp"
#include "ebit/chain/whole_state.hpp"

using namespace ebit;

namespace {

Correlations werner(double w) {
    Correlations c{};
    for (std::size_t i = 0; i < 4; ++i) c[entry(i, i)] = i == 0 ? 1.0 : w * phi_plus_signs[i];
    return c;
}

Chain chain_of(std::size_t links, double p_success, double p_swap, Protocol protocol) {
    Chain chain;
    chain.links.assign(links, {.p_success = p_success, .state = werner(0.9)});
    chain.nodes.assign(links + 1, {Memory::relaxation(1e300, 50.0), {.p_success = p_swap}});
    chain.protocol = protocol;
    return chain;
}

struct Sample {
    std::vector<double> time;
    std::vector<std::int64_t> attempts;
    std::vector<std::vector<double>> features;
};

Sample sample(const Sampler& sampler, const Shots& shots) {
    Sample out;
    out.time.resize(shots.count);
    out.attempts.resize(shots.count);
    out.features.assign(sampler.state().feature_count(), std::vector<double>(shots.count));
    SampleColumns columns{out.time.data(), out.attempts.data(), {}};
    for (auto& feature : out.features) columns.features.push_back(feature.data());
    Cancellation cancel;
    sampler.sample(shots, columns, cancel);
    return out;
}

}  // namespace

TEST_CASE("one link waits for a geometric number of attempts") {
    const Sampler sampler(chain_of(1, 0.25, 1.0, Protocol::swap_asap));
    const Sample shots = sample(sampler, {.key = 7, .count = 40000});
    double sum = 0.0;
    for (const double t : shots.time) sum += t;
    // Five standard errors of the mean 4, variance 12.
    CHECK(std::abs(sum / 40000 - 4.0) < 5.0 * std::sqrt(12.0 / 40000));
}

TEST_CASE("threads and cuts do not change a sample") {
    for (const double p_swap : {0.5, 1.0}) {
        for (const Protocol protocol : {Protocol::swap_asap, Protocol::doubling}) {
            const Sampler sampler(chain_of(5, 0.1, p_swap, protocol));
            const Sample whole = sample(sampler, {.key = 3, .count = 5000, .threads = 2});
            const Sample tail = sample(sampler, {.key = 3, .first = 1500, .count = 3500});
            for (std::size_t s = 0; s < 3500; ++s) {
                REQUIRE(tail.time[s] == whole.time[1500 + s]);
                REQUIRE(tail.attempts[s] == whole.attempts[1500 + s]);
                for (std::size_t f = 0; f < whole.features.size(); ++f)
                    REQUIRE(tail.features[f][s] == whole.features[f][1500 + s]);
            }
        }
    }
}

TEST_CASE("equal subtrees are shared") {
    const Chain chain = chain_of(16, 0.1, 0.5, Protocol::doubling);
    const auto state = make_delivered_state(chain);
    // A link; then per level an inner subtree and those at the two ends, whose end nodes measure at
    // once; the root alone.
    CHECK(nested_tree(chain, state->columns()).nodes.size() == 1 + 3 + 3 + 2 + 1);
}

TEST_CASE("tables of distillation do to diagonal states what their formulas say") {
    const BellMeasurement left{1.0, 0.03, 0.02}, right{1.0, 0.05, 0.01};
    const double g = 0.97 * 0.95, m = 0.96 * 0.98;
    const double k[3] = {0.8, -0.7, 0.85}, t[3] = {0.5, -0.6, 0.65};
    for (const Operation operation : {Operation::dejmps, Operation::epl}) {
        const bool exchanges = operation == Operation::dejmps;
        const double share = exchanges ? 1.0 : 0.5;
        std::array<double, state_components> a{1.0}, b{1.0}, out{};
        for (std::size_t i = 0; i < 3; ++i) {
            a[entry(i + 1, i + 1)] = k[i];
            b[entry(i + 1, i + 1)] = t[i];
        }
        for (const PairTerm& term : distillation_table(operation, left, right))
            out[term.out] += a[term.a] * b[term.b] * term.factor;
        const double ky = exchanges ? -k[2] : k[1], kz = exchanges ? -k[1] : k[2];
        const double ty = exchanges ? -t[2] : t[1], tz = exchanges ? -t[1] : t[2];
        const double half = 0.5 * share;
        CHECK(out[0] == doctest::Approx(half * (1.0 + g * m * kz * tz)).epsilon(1e-14));
        CHECK(out[5] == doctest::Approx(half * g * (k[0] * t[0] + m * ky * ty)).epsilon(1e-14));
        CHECK(out[10] == doctest::Approx(half * g * (m * k[0] * ty + ky * t[0])).epsilon(1e-14));
        CHECK(out[15] == doctest::Approx(half * g * (kz + m * tz)).epsilon(1e-14));
        CHECK(out[framed] == out[0]);
        CHECK(out[framed + 3] == 0.0);
    }
}

TEST_CASE("a chain carries the components that can be other than zero") {
    Chain chain = chain_of(2, 0.5, 1.0, Protocol::nested);
    chain.levels = {{Operation::swap, {}}, {Operation::epl, {}}};
    chain.end_nodes = {EndNode::store, EndNode::store};
    for (Node& node : chain.nodes) node.memory = Memory::depolarizing(3.0);
    CHECK(is_diagonal(carried_components(chain)));
    // Z of a relaxing memory is fed from the identity: no X or Y appears alone.
    for (Node& node : chain.nodes) node.memory = Memory::relaxation(3.0, 2.0);
    const auto carried = carried_components(chain);
    const std::vector<std::uint8_t> expected{3, 5, 10, 12, 15, framed, framed + 3};
    CHECK(carried == expected);
}

TEST_CASE("threads do not change a summary") {
    const Sampler sampler(chain_of(3, 0.1, 0.5, Protocol::doubling));
    Cancellation cancel;
    Summary two = sampler.empty_summary(), one = sampler.empty_summary();
    const std::uint64_t block = sampler.block_shots();
    sampler.summarize({.key = 1, .count = 4 * block, .threads = 2}, two, cancel);
    sampler.summarize({.key = 1, .count = 4 * block}, one, cancel);
    CHECK(two.moments.all.count() == 4 * block);
    for (std::size_t i = 0; i < two.moments.all.quantities(); ++i) {
        CHECK(two.moments.all.mean(i) == one.moments.all.mean(i));
        CHECK(two.moments.all.covariance(i, 0) == one.moments.all.covariance(i, 0));
    }
    CHECK(two.waiting_time_histogram.counts() == one.waiting_time_histogram.counts());
}

TEST_CASE("telemetry changes nothing else") {
    for (const Protocol protocol : {Protocol::swap_asap, Protocol::doubling}) {
        const Sampler sampler(chain_of(5, 0.1, 0.5, protocol));
        Cancellation cancel;
        Summary plain = sampler.empty_summary(), full = sampler.empty_summary(true);
        sampler.summarize({.key = 2, .count = 2500}, plain, cancel);
        sampler.summarize({.key = 2, .count = 2500, .threads = 2}, full, cancel);
        CHECK(full.moments.nodes.size() == 6);
        CHECK(full.moments.all.quantities() ==
              plain.moments.all.quantities() + SummaryMoments::telemetry_quantities);
        for (std::size_t i = 0; i < plain.moments.all.quantities(); ++i)
            CHECK(full.moments.all.mean(i) == plain.moments.all.mean(i));
        CHECK(full.waiting_time_histogram.counts() == plain.waiting_time_histogram.counts());
    }
    const Sampler longest(chain_of(max_telemetry_links + 1, 0.5, 1.0, Protocol::swap_asap));
    CHECK_THROWS_AS(longest.empty_summary(true), InvalidParameter);
}

TEST_CASE("storage histograms keep zeros apart") {
    StorageHistogram histogram;
    const double values[] = {0.0, 3.0, 0.0, 1e-30, 31.0};
    histogram.add(values, 5);
    CHECK(histogram.zeros() == 2);
    std::int64_t total = 0;
    for (const std::int64_t count : histogram.counts()) total += count;
    CHECK(total == 3);
}

TEST_CASE("covariances have errors") {
    // Blocks of one value each: the error is that of a mean of (x - m)^2.
    const double values[] = {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 1.0, 5.0};
    Moments moments(1);
    for (const double& value : values) {
        const double* column = &value;
        moments.merge(Moments::of_block({&column, 1}, 1));
    }
    CHECK(moments.count() == 8);
    CHECK(moments.covariance(0, 0) == doctest::Approx(113.69642857142857));
    CHECK(moments.covariance_error(0, 0) > 20.0);
    CHECK(moments.covariance_error(0, 0) < 200.0);
    CHECK(std::isnan(Moments(1).covariance_error(0, 0)));
}

TEST_CASE("a cancelled summary is left as it was") {
    const Sampler sampler(chain_of(3, 0.1, 0.5, Protocol::doubling));
    Summary summary = sampler.empty_summary();
    Cancellation cancel;
    cancel.stop();
    CHECK_THROWS_AS(sampler.summarize({.key = 1, .count = 1000}, summary, cancel), Cancelled);
    CHECK(summary.moments.all.count() == 0);
}

TEST_CASE("bad chains are refused by name") {
    Chain chain = chain_of(2, 0.1, 1.0, Protocol::swap_asap);
    chain.links[1].p_success = -0.5;
    CHECK_THROWS_WITH_AS(Sampler{chain}, doctest::Contains("links.1.p_success = -0.5"), InvalidParameter);
    chain = chain_of(2, 0.1, 1.0, Protocol::swap_asap);
    chain.nodes[1].bsm.p_success = 2.0;
    CHECK_THROWS_WITH_AS(Sampler{chain}, doctest::Contains("nodes.1.bsm.p_success = 2"), InvalidParameter);
    chain.nodes.clear();
    CHECK_THROWS_AS(Sampler{chain}, InvalidParameter);
}
