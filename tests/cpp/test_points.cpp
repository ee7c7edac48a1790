#include <doctest/doctest.h>

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/chain/points_sampler.hpp"
#include "ebit/chain/sampler.hpp"
#include "ebit/rng/keys.hpp"

using namespace ebit;

namespace {

PointTable link_table(const std::vector<double>& p_success) {
    PointTable table{ChainPoints::link_width, {}};
    for (const double p : p_success) {
        table.values.insert(table.values.end(), {p, 1.0});
        for (std::size_t e = 0; e < 16; ++e)
            table.values.push_back(e == 0 ? 1.0 : e % 5 == 0 ? 0.9 * phi_plus_signs[e / 5] : 0.0);
    }
    return table;
}

PointTable node_table(const std::vector<double>& p_swap) {
    PointTable table{ChainPoints::node_width, {}};
    for (const double p : p_swap)
        table.values.insert(table.values.end(), {0.02, 0.02, 0.0, 0.0, p, 0.0, 0.0});
    return table;
}

// Four alike links; the closed form applies where swaps are sure.
ChainPoints points_of(Protocol protocol, const std::vector<double>& p_swap) {
    ChainPoints points;
    points.count = p_swap.size();
    points.chain.protocol = protocol;
    points.chain.links.resize(4);
    points.chain.nodes.resize(5);
    points.links = {link_table({0.2})};
    points.table_of_link.assign(4, 0);
    points.nodes = {node_table(p_swap)};
    points.table_of_node.assign(5, 0);
    if (protocol == Protocol::swap_asap) points.cutoffs = {1, {std::numeric_limits<double>::infinity()}};
    return points;
}

}  // namespace

TEST_CASE("a point gives the shots of its chain") {
    const std::vector<double> p_swap{1.0, 0.5, 0.8};
    for (const Protocol protocol : {Protocol::swap_asap, Protocol::doubling}) {
        const ChainPoints points = points_of(protocol, p_swap);
        const PointsSampler many(points);
        const std::vector<std::uint64_t> keys{derived_key(7, 0), derived_key(7, 1), derived_key(7, 2)};
        const std::vector<std::uint64_t> ends{1500, 0, 40};
        constexpr std::size_t shots = 50;
        for (const int threads : {1, 3}) {
            std::vector<double> time(3 * shots), features(3 * shots * many.feature_count());
            std::vector<std::int64_t> attempts(3 * shots);
            Cancellation cancel;
            many.sample({keys, 1000, shots, threads}, {time.data(), attempts.data(), features.data()},
                        cancel);
            auto summaries = many.empty_summaries(false);
            many.summarize(keys, ends, threads, summaries, cancel);
            for (std::size_t p = 0; p < p_swap.size(); ++p) {
                Chain chain = points.chain;
                points.write(p, chain);
                const Sampler one(chain);
                std::vector<double> plain(shots);
                std::vector<std::int64_t> counts(shots);
                std::vector<std::vector<double>> columns(one.state().feature_count(), plain);
                SampleColumns out{plain.data(), counts.data(), {}};
                for (auto& column : columns) out.features.push_back(column.data());
                one.sample({keys[p], 1000, shots, 1}, out, cancel);
                CHECK(std::equal(plain.begin(), plain.end(), time.begin() + static_cast<int>(p * shots)));
                CHECK(
                    std::equal(counts.begin(), counts.end(), attempts.begin() + static_cast<int>(p * shots)));
                Summary summary = one.empty_summary();
                one.summarize({keys[p], 0, ends[p], 1}, summary, cancel);
                CHECK(summaries[p].all.count() == ends[p]);
                CHECK(summaries[p].all.mean(0) == summary.moments.all.mean(0));
                CHECK(summaries[p].all.covariance(0, 2) == summary.moments.all.covariance(0, 2));
            }
        }
    }
}

TEST_CASE("a point that is refused is named") {
    CHECK_THROWS_WITH_AS(PointsSampler{points_of(Protocol::doubling, {0.5, 0.0})},
                         doctest::Contains("(at point 1)"), InvalidParameter);
    CHECK_THROWS_AS(PointsSampler{points_of(Protocol::doubling, {0.5, 1.5})}, InvalidParameter);
    ChainPoints torn = points_of(Protocol::doubling, {0.5, 0.6});
    torn.table_of_link.back() = 1;
    CHECK_THROWS_AS(PointsSampler{torn}, std::invalid_argument);
}

TEST_CASE("derived keys differ") {
    CHECK(derived_key(1, 0) != derived_key(1, 1));
    CHECK(derived_key(1, 0) != derived_key(2, 0));
    static_assert(derived_key(1, 0) != 1);
}
