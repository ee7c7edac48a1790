#include "ebit/density/fusion.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "ebit/base/isa.hpp"
#include "ebit/density/lane_plan.hpp"
#include "ebit/density/linear_map.hpp"

namespace ebit {

namespace {

int count(const std::vector<int>& qubits) { return static_cast<int>(qubits.size()); }

std::uint32_t mask_of(const QubitMap& map) {
    std::uint32_t mask = 0;
    for (const int qubit : map.qubits) mask |= std::uint32_t{1} << qubit;
    return mask;
}

std::vector<int> united(const QubitMap& a, const QubitMap& b) {
    std::vector<int> qubits;
    std::ranges::set_union(a.qubits, b.qubits, std::back_inserter(qubits));
    return qubits;
}

// The places of `part`, some of the qubits, among all of them.
std::vector<int> places(std::span<const int> part, std::span<const int> all) {
    std::vector<int> found;
    for (const int qubit : part)
        found.push_back(static_cast<int>(std::ranges::find(all, qubit) - all.begin()));
    return found;
}

// The same map on more qubits, which ascend like its own.
std::vector<double> embedded(const QubitMap& map, const std::vector<int>& qubits) {
    if (map.qubits == qubits) return map.transfer;
    std::vector<int> others;
    std::ranges::set_difference(qubits, map.qubits, std::back_inserter(others));
    const Placement own(places(map.qubits, qubits), count(qubits), 1);
    const Placement other(places(others, qubits), count(qubits), 1);
    const std::size_t size = power_of_four(count(qubits));
    std::vector<double> out(size * size);
    for (std::size_t o = 0; o < other.num_rows; ++o)
        for (std::size_t r = 0; r < own.num_rows; ++r)
            for (std::size_t c = 0; c < own.num_rows; ++c)
                out[(other.offsets[o] + own.offsets[r]) * size + other.offsets[o] + own.offsets[c]] =
                    map.transfer[r * own.num_rows + c];
    return out;
}

// Terms below the rounding of the others would only cost time.
constexpr double negligible = 1e-16;

// Whether two maps can be brought together although others stand between them, which touch the qubits
// `between`: the later one moves back, or the earlier one forward.
struct Meeting {
    bool back, forward;
};

Meeting meeting(const QubitMap& earlier, const QubitMap& later, std::uint32_t between) {
    return {(mask_of(later) & between) == 0, (mask_of(earlier) & between) == 0};
}

bool may_fuse(const QubitMap& a, const QubitMap& b, std::size_t most) {
    return !a.of_element && !b.of_element && (mask_of(a) & mask_of(b)) != 0 && united(a, b).size() <= most;
}

class Fuser {
  public:
    Fuser(int num_qubits, bool single) : num_qubits_(num_qubits), single_(single) {}

    // Swallows what stands before it, as long as maps get no wider than two qubits: gates and noise
    // become one map for each pair of qubits.
    void add(QubitMap map) {
        double own = cost_of(map);
        std::uint32_t between = 0;
        for (std::size_t i = items_.size(); i-- > 0 && (mask_of(map) & ~between) != 0;) {
            const Item& before = items_[i];
            const auto [back, forward] = meeting(before.map, map, between);
            const std::size_t most = std::max({std::size_t{2}, map.qubits.size(), before.map.qubits.size()});
            if ((back || forward) && may_fuse(before.map, map, most)) {
                QubitMap product = compose(map, before.map);
                const double together = cost_of(product);
                if (together <= own + before.cost) {
                    map = std::move(product);
                    own = together;
                    if (!forward) {
                        items_[i] = {std::move(map), own, next_++};
                        return;
                    }
                    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i));
                    i = items_.size();
                    between = 0;
                    continue;
                }
            }
            between |= mask_of(before.map);
        }
        items_.push_back({std::move(map), own, next_++});
    }

    void keep(QubitMap map) {
        const double own = cost_of(map);
        items_.push_back({std::move(map), own, next_++});
    }

    // Multiplies the two neighbours that save most, until nothing is saved.
    void widen() {
        for (std::optional<Choice> best = choose(); best; best = choose()) {
            const auto [i, j, forward] = *best;
            Product& product = products_.at({items_[i].id, items_[j].id});
            items_[forward ? j : i] = {std::move(product.map), product.cost, next_++};
            items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(forward ? i : j));
        }
    }

    std::vector<QubitMap> maps() && {
        std::vector<QubitMap> out;
        for (Item& item : items_)
            if (item.cost > 0.0) out.push_back(std::move(item.map));
        return out;
    }

  private:
    struct Item {
        QubitMap map;
        double cost;
        std::size_t id;
    };
    struct Product {
        QubitMap map;
        double cost;
    };
    struct Choice {
        std::size_t earlier, later;
        bool forward;
    };

    double cost_of(const QubitMap& map) const { return cost(map, num_qubits_, single_); }

    // Of choices that save about as much the first: along a chain of pairs it leaves none without a partner.
    std::optional<Choice> choose() {
        constexpr double clearly_more = 1.1;
        std::optional<Choice> best;
        double most = 0.0;
        for (std::size_t j = 1; j < items_.size(); ++j) {
            const QubitMap& later = items_[j].map;
            std::uint32_t between = 0;
            for (std::size_t i = j; i-- > 0 && (mask_of(later) & ~between) != 0;) {
                const QubitMap& earlier = items_[i].map;
                const auto [back, forward] = meeting(earlier, later, between);
                if ((back || forward) && may_fuse(earlier, later, StaticMap::max_qubits)) {
                    const double saved = items_[i].cost + items_[j].cost - product(i, j).cost;
                    if (saved > clearly_more * most) {
                        most = saved;
                        best = {i, j, !back};
                    }
                }
                between |= mask_of(earlier);
            }
        }
        return best;
    }

    const Product& product(std::size_t i, std::size_t j) {
        const auto [found, made] = products_.try_emplace({items_[i].id, items_[j].id});
        if (made) {
            QubitMap map = compose(items_[j].map, items_[i].map);
            const double time = cost_of(map);
            found->second = {std::move(map), time};
        }
        return found->second;
    }

    int num_qubits_;
    bool single_;
    std::vector<Item> items_;
    std::map<std::pair<std::size_t, std::size_t>, Product> products_;
    std::size_t next_ = 0;
};

}  // namespace

QubitMap sorted_map(std::span<const int> qubits, const double* transfer) {
    QubitMap map{{qubits.begin(), qubits.end()}, {}, {}};
    std::ranges::sort(map.qubits);
    const Placement order(places(qubits, map.qubits), count(map.qubits), 1);
    const std::size_t size = order.num_rows;
    map.transfer.resize(size * size);
    for (std::size_t r = 0; r < size; ++r)
        for (std::size_t c = 0; c < size; ++c)
            map.transfer[order.offsets[r] * size + order.offsets[c]] = transfer[r * size + c];
    return map;
}

QubitMap compose(const QubitMap& after, const QubitMap& before) {
    QubitMap product{united(after, before), {}, {}};
    const std::size_t size = power_of_four(count(product.qubits));
    const std::vector<double> a = embedded(after, product.qubits), b = embedded(before, product.qubits);
    product.transfer.resize(size * size);
    for (std::size_t r = 0; r < size; ++r) {
        double* const row = product.transfer.data() + r * size;
        for (std::size_t k = 0; k < size; ++k)
            if (const double factor = a[r * size + k]; factor != 0.0)
                for (std::size_t c = 0; c < size; ++c) row[c] += factor * b[k * size + c];
        for (std::size_t c = 0; c < size; ++c)
            if (std::abs(row[c]) < negligible) row[c] = 0.0;
    }
    return product;
}

// Fitted to times on one core: a part for moving rows, a part for each term in them.
double cost(const QubitMap& map, int num_qubits, bool single) {
    if (map.of_element) return 1.0;
    const StaticMap compiled(count(map.qubits), map.transfer.data());
    const Placement placement(map.qubits, num_qubits, single ? 1 : 8);
    if (compiled.num_qubits() == 1) {
        const OneQubitRows& rows = compiled.one_qubit();
        if (rows.num_rows == 0) return 0.0;
        return placement.inner == 1 ? 1.0 : 0.5 + 0.1 * rows.num_terms;
    }
    const auto time = [](const SparsePlan& plan, std::size_t rows, double each) {
        return (0.5 * static_cast<double>(plan.steps().size()) +
                each * static_cast<double>(plan.terms().size())) /
               static_cast<double>(rows);
    };
    if (placement.inner >= 8) return time(compiled.plan(), placement.num_rows, 0.15);
    LanePlan lanes;
    lanes.assign(compiled, placement, 16);
    return time(lanes.plan(), lanes.num_runs(), 0.35);
}

std::vector<QubitMap> fused_pairs(std::vector<QubitMap> maps, int num_qubits, bool single) {
    Fuser fuser(num_qubits, single);
    for (QubitMap& map : maps) fuser.add(std::move(map));
    return std::move(fuser).maps();
}

std::vector<QubitMap> widened(std::vector<QubitMap> maps, int num_qubits, bool single) {
    Fuser fuser(num_qubits, single);
    for (QubitMap& map : maps) fuser.keep(std::move(map));
    fuser.widen();
    return std::move(fuser).maps();
}

}  // namespace ebit
