#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "ebit/chain/points_sampler.hpp"
#include "ebit/chain/sampler.hpp"
#include "host.hpp"

namespace ebit::python {

namespace {

ElementaryLink link_at(const Array<double>& links, const Array<double>& states, py::ssize_t k) {
    ElementaryLink link;
    link.p_success = links.at(k, 0);
    link.attempt_time = links.at(k, 1);
    link.state = Column<Correlations>::read(states.data(k));
    return link;
}

Node node_at(const Array<double>& nodes, py::ssize_t i) {
    return {{nodes.at(i, 0), nodes.at(i, 1), nodes.at(i, 2), nodes.at(i, 3)},
            {nodes.at(i, 4), nodes.at(i, 5), nodes.at(i, 6)}};
}

// table: by state its links (left, right, age) and the nodes that swap; address: of a compiled policy.
using TableRow =
    std::pair<std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>>, std::vector<std::int64_t>>;

SlottedRules make_rules(const std::string& policy, const std::vector<TableRow>& table, std::uintptr_t address,
                        bool repeats, bool by_age, const std::string& failed_swap,
                        const std::string& hidden_segments, const std::string& generation,
                        const std::vector<double>& cutoffs, std::size_t memories,
                        const std::string& matching) {
    SlottedRules rules;
    rules.policy = policy_named(policy);
    for (const auto& [links, nodes] : table) {
        PolicyState state;
        for (const auto& [left, right, age] : links) state.push_back({left, right, age});
        rules.table[state] = nodes;
    }
    rules.function = reinterpret_cast<PolicyFunction>(address);
    rules.repeats = repeats;
    rules.by_age = by_age;
    rules.failed_swap = failed_swap_named(failed_swap);
    rules.hidden_segments = hidden_segments_named(hidden_segments);
    rules.generation = generation_named(generation);
    rules.cutoffs = cutoffs;
    rules.memories = memories;
    rules.matching = matching_named(matching);
    return rules;
}

// What chains have beside the numbers of their links and nodes.
Chain make_chain(const std::string& protocol, const std::array<std::string, 2>& end_nodes,
                 const std::string& pair_decay, double global_cutoff, const SlottedRules& slotted,
                 const std::vector<std::tuple<std::string, std::string, double>>& levels) {
    Chain chain;
    chain.protocol = protocol_named(protocol);
    for (std::size_t end = 0; end < 2; ++end) chain.end_nodes[end] = end_node_named(end_nodes[end]);
    chain.pair_decay = pair_decay_named(pair_decay);
    chain.global_cutoff = global_cutoff;
    chain.slotted = slotted;
    for (const auto& [operation, kind, value] : levels)
        chain.levels.push_back({operation_named(operation), {cutoff_named(kind), value}});
    return chain;
}

// links (n, 2): p_success, attempt_time; states (n, 16); nodes (m, 7): the memory's three rates and
// equilibrium, the Bell measurement's p_success, p_replace, p_readout_error.
std::unique_ptr<Sampler> make_sampler(const Chain& rules, const Array<double>& links,
                                      const Array<double>& states, const Array<double>& nodes) {
    const py::ssize_t links_given = batch_size<std::array<double, 2>>(links);
    if (batch_size<Correlations>(states) != links_given)
        throw std::invalid_argument("internal: not one state for every link");
    batch_size<std::array<double, 7>>(nodes);
    Chain chain = rules;
    for (py::ssize_t k = 0; k < links.shape(0); ++k) chain.links.push_back(link_at(links, states, k));
    for (py::ssize_t i = 0; i < nodes.shape(0); ++i) chain.nodes.push_back(node_at(nodes, i));
    const py::gil_scoped_release release;
    return std::make_unique<Sampler>(chain);
}

// constant (16,), amplitude (16,), feature (16,) with -1 for none.
py::tuple entries(const Sampler& sampler) {
    Array<double> constant(16), amplitude(16);
    Array<std::int64_t> feature(16);
    for (std::size_t e = 0; e < 16; ++e) {
        const auto& entry = sampler.state().entries()[e];
        const auto at = static_cast<py::ssize_t>(e);
        constant.mutable_at(at) = entry.constant;
        amplitude.mutable_at(at) = entry.amplitude;
        feature.mutable_at(at) =
            entry.feature == DeliveredState::Entry::none ? -1 : static_cast<std::int64_t>(entry.feature);
    }
    return py::make_tuple(constant, amplitude, feature);
}

// Pointers to the rows of a new array (rows, count).
template <class T>
Array<T> rows_of(py::ssize_t rows, py::ssize_t count, T** out) {
    Array<T> array(py::array::ShapeContainer{rows, count});
    for (py::ssize_t r = 0; r < rows; ++r) out[r] = array.mutable_data() + r * count;
    return array;
}

// waiting_time (shots,), attempts (shots,), features (features, shots), and with telemetry operations
// (4, shots), storage times (nodes, shots).
py::tuple sample(const Sampler& sampler, std::uint64_t key, std::uint64_t first_shot, std::uint64_t shots,
                 int threads, const py::object& progress, bool telemetry) {
    const auto count = static_cast<py::ssize_t>(shots);
    Array<double> time(count);
    Array<std::int64_t> attempts(count);
    SampleColumns out{time.mutable_data(), attempts.mutable_data(), {}};
    out.features.resize(sampler.state().feature_count());
    out.storage_times.resize(telemetry ? sampler.node_count() : 0);
    const auto features = rows_of(static_cast<py::ssize_t>(out.features.size()), count, out.features.data());
    const auto operations =
        rows_of(telemetry ? static_cast<py::ssize_t>(operation_counts) : 0, count, out.operations.data());
    const auto storage =
        rows_of(static_cast<py::ssize_t>(out.storage_times.size()), count, out.storage_times.data());
    Host(progress).run(
        [&](Cancellation& cancel) { sampler.sample({key, first_shot, shots, threads}, out, cancel); });
    if (!telemetry) return py::make_tuple(time, attempts, features);
    return py::make_tuple(time, attempts, features, operations, storage);
}

void summarize(const Sampler& sampler, Summary& summary, std::uint64_t key, std::uint64_t first_shot,
               std::uint64_t shots, int threads, const py::object& progress) {
    Host(progress).run(
        [&](Cancellation& cancel) { sampler.summarize({key, first_shot, shots, threads}, summary, cancel); });
}

Array<double> means(const Summary& summary) {
    const std::size_t n = summary.moments.all.quantities();
    Array<double> out(static_cast<py::ssize_t>(n));
    for (std::size_t i = 0; i < n; ++i) out.mutable_data()[i] = summary.moments.all.mean(i);
    return out;
}

// (quantities, quantities); of the covariances or of their standard errors.
template <double (Moments::*of)(std::size_t, std::size_t) const>
Array<double> covariances(const Summary& summary) {
    const std::size_t n = summary.moments.all.quantities();
    Array<double> out(py::array::ShapeContainer{static_cast<py::ssize_t>(n), static_cast<py::ssize_t>(n)});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) out.mutable_data()[i * n + j] = (summary.moments.all.*of)(i, j);
    return out;
}

// (nodes, 2): mean and variance of the storage time.
Array<double> storage_moments(const Summary& summary) {
    const std::vector<Moments>& nodes = summary.moments.nodes;
    Array<double> out(py::array::ShapeContainer{static_cast<py::ssize_t>(nodes.size()), py::ssize_t{2}});
    double* at = out.mutable_data();
    for (const Moments& node : nodes) {
        *at++ = node.mean(0);
        *at++ = node.covariance(0, 0);
    }
    return out;
}

Array<std::int64_t> counts(const std::vector<std::int64_t>& histogram) {
    return Array<std::int64_t>(static_cast<py::ssize_t>(histogram.size()), histogram.data());
}

// (nodes,): shots in which nothing was stored; (nodes, bins): the others.
py::tuple storage_counts(const Summary& summary) {
    const auto nodes = static_cast<py::ssize_t>(summary.storage_histograms.size());
    Array<std::int64_t> zeros(nodes),
        all(py::array::ShapeContainer{nodes, static_cast<py::ssize_t>(StorageHistogram::Times::size)});
    std::int64_t* at = all.mutable_data();
    for (py::ssize_t i = 0; i < nodes; ++i) {
        const StorageHistogram& histogram = summary.storage_histograms[static_cast<std::size_t>(i)];
        zeros.mutable_at(i) = histogram.zeros();
        at = std::copy(histogram.counts().begin(), histogram.counts().end(), at);
    }
    return py::make_tuple(zeros, all);
}

template <class Histogram>
Array<double> edges() {
    Array<double> out(static_cast<py::ssize_t>(Histogram::size) + 1);
    for (std::size_t b = 0; b <= Histogram::size; ++b) out.mutable_data()[b] = Histogram::lower_edge(b);
    return out;
}

// ---- many chains in one call ----

PointTable table_of(const Array<double>& rows) {
    if (rows.ndim() != 2) throw std::invalid_argument("internal: a table has rows");
    return {static_cast<std::size_t>(rows.shape(1)), {rows.data(), rows.data() + rows.size()}};
}

// Tables have one row, or one for each point; see ChainPoints.
std::unique_ptr<PointsSampler> make_points_sampler(const Chain& rules, std::size_t count,
                                                   const std::vector<Array<double>>& links,
                                                   const std::vector<std::uint32_t>& table_of_link,
                                                   const std::vector<Array<double>>& nodes,
                                                   const std::vector<std::uint32_t>& table_of_node,
                                                   const Array<double>& cutoffs) {
    ChainPoints points;
    points.count = count;
    points.chain = rules;
    points.chain.links.resize(table_of_link.size());
    points.chain.nodes.resize(table_of_node.size());
    for (const auto& rows : links) points.links.push_back(table_of(rows));
    for (const auto& rows : nodes) points.nodes.push_back(table_of(rows));
    points.table_of_link = table_of_link;
    points.table_of_node = table_of_node;
    points.cutoffs = table_of(cutoffs);
    const py::gil_scoped_release release;
    return std::make_unique<PointsSampler>(std::move(points));
}

// By point: constant (points, 16), amplitude (points, 16), feature (points, 16) with -1 for none.
py::tuple point_entries(const PointsSampler& sampler) {
    const auto count = static_cast<py::ssize_t>(sampler.count());
    Array<double> constant({count, py::ssize_t{16}}), amplitude({count, py::ssize_t{16}});
    Array<std::int64_t> feature({count, py::ssize_t{16}});
    std::size_t at = 0;
    for (const auto& entries : sampler.entries())
        for (const DeliveredState::Entry& entry : entries) {
            constant.mutable_data()[at] = entry.constant;
            amplitude.mutable_data()[at] = entry.amplitude;
            feature.mutable_data()[at++] =
                entry.feature == DeliveredState::Entry::none ? -1 : static_cast<std::int64_t>(entry.feature);
        }
    return py::make_tuple(constant, amplitude, feature);
}

py::array_t<std::uint32_t> point_block_shots(const PointsSampler& sampler) {
    py::array_t<std::uint32_t> out(static_cast<py::ssize_t>(sampler.count()));
    for (std::size_t p = 0; p < sampler.count(); ++p)
        out.mutable_data()[p] = static_cast<std::uint32_t>(sampler.block_shots(p));
    return out;
}

template <class T>
std::span<const T> span_of(const Array<T>& values) {
    return {values.data(), static_cast<std::size_t>(values.size())};
}

// waiting_time (points, shots), attempts (points, shots), features (points, features, shots), zero where
// a point has fewer, and with telemetry operations (points, 4, shots), storage times (points, nodes, shots).
py::tuple point_sample(const PointsSampler& sampler, const Array<std::uint64_t>& keys,
                       std::uint64_t first_shot, std::uint64_t shots, int threads, const py::object& progress,
                       bool telemetry) {
    const auto points = static_cast<py::ssize_t>(sampler.count()), count = static_cast<py::ssize_t>(shots);
    const auto rows = [=](std::size_t n) {
        return py::array::ShapeContainer{points, static_cast<py::ssize_t>(n), count};
    };
    Array<double> time({points, count}), features(rows(sampler.feature_count()));
    Array<std::int64_t> attempts({points, count});
    std::fill_n(features.mutable_data(), features.size(), 0.0);
    Array<std::int64_t> operations(rows(telemetry ? operation_counts : 0));
    Array<double> storage(rows(telemetry ? sampler.node_count() : 0));
    PointColumns out{time.mutable_data(), attempts.mutable_data(), features.mutable_data()};
    if (telemetry) {
        out.operations = operations.mutable_data();
        out.storage_times = storage.mutable_data();
    }
    Host(progress).run([&](Cancellation& cancel) {
        sampler.sample({span_of(keys), first_shot, shots, threads}, out, cancel);
    });
    if (!telemetry) return py::make_tuple(time, attempts, features);
    return py::make_tuple(time, attempts, features, operations, storage);
}

// The moments of all points, as if all had as many features as the one with the most.
struct PointSummaries {
    std::vector<SummaryMoments> points;
    std::size_t features;

    bool has_telemetry() const { return !points.front().nodes.empty(); }
    std::size_t quantities() const {
        return SummaryMoments::first_feature + features +
               (has_telemetry() ? SummaryMoments::telemetry_quantities : 0);
    }
    // Where a quantity of a point stands.
    std::size_t place(const SummaryMoments& point, std::size_t quantity) const {
        const std::size_t lacking = quantities() - point.all.quantities();
        const std::size_t own = features - lacking;
        return quantity < SummaryMoments::first_feature + own ? quantity : quantity + lacking;
    }
};

PointSummaries empty_point_summaries(const PointsSampler& sampler, bool telemetry) {
    return {sampler.empty_summaries(telemetry), sampler.feature_count()};
}

void point_summarize(const PointsSampler& sampler, PointSummaries& summaries,
                     const Array<std::uint64_t>& keys, const Array<std::uint64_t>& ends, int threads,
                     const py::object& progress) {
    Host(progress).run([&](Cancellation& cancel) {
        sampler.summarize(span_of(keys), span_of(ends), threads, summaries.points, cancel);
    });
}

Array<std::int64_t> point_shots(const PointSummaries& summaries) {
    Array<std::int64_t> out(static_cast<py::ssize_t>(summaries.points.size()));
    for (std::size_t p = 0; p < summaries.points.size(); ++p)
        out.mutable_data()[p] = static_cast<std::int64_t>(summaries.points[p].all.count());
    return out;
}

Array<double> zeros(const py::array::ShapeContainer& shape) {
    Array<double> out(shape);
    std::fill_n(out.mutable_data(), out.size(), 0.0);
    return out;
}

// (points, quantities)
Array<double> point_means(const PointSummaries& summaries) {
    const std::size_t n = summaries.quantities();
    Array<double> out =
        zeros({static_cast<py::ssize_t>(summaries.points.size()), static_cast<py::ssize_t>(n)});
    double* row = out.mutable_data();
    for (const SummaryMoments& point : summaries.points) {
        for (std::size_t i = 0; i < point.all.quantities(); ++i)
            row[summaries.place(point, i)] = point.all.mean(i);
        row += n;
    }
    return out;
}

// (points, quantities, quantities); of the covariances or of their standard errors.
template <double (Moments::*of)(std::size_t, std::size_t) const>
Array<double> point_covariances(const PointSummaries& summaries) {
    const std::size_t n = summaries.quantities();
    const auto side = static_cast<py::ssize_t>(n);
    Array<double> out = zeros({static_cast<py::ssize_t>(summaries.points.size()), side, side});
    double* matrix = out.mutable_data();
    for (const SummaryMoments& point : summaries.points) {
        for (std::size_t i = 0; i < point.all.quantities(); ++i)
            for (std::size_t j = 0; j < point.all.quantities(); ++j)
                matrix[summaries.place(point, i) * n + summaries.place(point, j)] = (point.all.*of)(i, j);
        matrix += n * n;
    }
    return out;
}

// (points, nodes, 2): mean and variance of the storage time.
Array<double> point_storage_moments(const PointSummaries& summaries) {
    Array<double> out(py::array::ShapeContainer{
        static_cast<py::ssize_t>(summaries.points.size()),
        static_cast<py::ssize_t>(summaries.points.front().nodes.size()), py::ssize_t{2}});
    double* at = out.mutable_data();
    for (const SummaryMoments& point : summaries.points)
        for (const Moments& node : point.nodes) {
            *at++ = node.mean(0);
            *at++ = node.covariance(0, 0);
        }
    return out;
}

void bind_points(py::module_& m) {
    py::class_<PointsSampler>(m, "PointsSampler")
        .def(py::init(&make_points_sampler))
        .def("block_shots", &point_block_shots)
        .def("entries", &point_entries)
        .def("sample", &point_sample)
        .def("empty_summary", &empty_point_summaries)
        .def("summarize", &point_summarize);
    py::class_<PointSummaries>(m, "PointSummaries")
        .def_property_readonly("shots", &point_shots)
        .def_property_readonly("telemetry", &PointSummaries::has_telemetry)
        .def("means", &point_means)
        .def("covariances", &point_covariances<&Moments::covariance>)
        .def("covariance_errors", &point_covariances<&Moments::covariance_error>)
        .def("storage_moments", &point_storage_moments);
}

}  // namespace

void bind_chain(py::module_& m) {
    py::class_<SlottedRules>(m, "SlottedRules").def(py::init(&make_rules));
    py::class_<Chain>(m, "ChainRules").def(py::init(&make_chain));
    bind_points(m);
    py::class_<Sampler>(m, "Sampler")
        .def(py::init(&make_sampler))
        .def_property_readonly("block_shots", &Sampler::block_shots)
        .def("entries", &entries)
        .def("sample", &sample)
        .def("empty_summary", &Sampler::empty_summary)
        .def("summarize", &summarize);
    py::class_<Summary>(m, "Summary")
        .def_property_readonly("shots", [](const Summary& s) { return s.moments.all.count(); })
        .def("means", &means)
        .def_property_readonly("telemetry", &Summary::has_telemetry)
        .def("covariances", &covariances<&Moments::covariance>)
        .def("covariance_errors", &covariances<&Moments::covariance_error>)
        .def("storage_moments", &storage_moments)
        .def("storage_counts", &storage_counts)
        .def("waiting_time_counts",
             [](const Summary& s) { return counts(s.waiting_time_histogram.counts()); })
        .def("fidelity_counts", [](const Summary& s) { return counts(s.fidelity_histogram.counts()); });
    m.def("waiting_time_edges", &edges<TimeHistogram>);
    m.def("storage_time_edges", &edges<StorageHistogram::Times>);
}

}  // namespace ebit::python
