#include "ebit/density/element_maps.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <ranges>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/base/isa.hpp"
#include "ebit/density/element_kernels.hpp"

EBIT_KERNEL_TABLE(ElementKernels, element_table, element_kernels)

namespace ebit {

namespace {

// A scratch space of this many numbers still leaves room in a first-level cache.
constexpr std::size_t tile_numbers = 2048;

// Rows 1 .. of a map on k qubits, each scaled by one of the numbers.
MapPattern scalings(int num_qubits, std::span<const std::uint16_t> numbers,
                    std::span<const std::uint8_t> rows) {
    MapPattern pattern;
    pattern.num_qubits = num_qubits;
    pattern.structure = MapStructure::diagonal;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        pattern.entries.push_back({rows[i], rows[i], numbers[i]});
        pattern.rows |= std::uint64_t{1} << rows[i];
        pattern.numbers = std::max<std::size_t>(pattern.numbers, numbers[i] + 1u);
    }
    return pattern;
}

// All these rows scaled by one number.
MapPattern common_scaling(int num_qubits, std::span<const std::uint8_t> rows) {
    return scalings(num_qubits, std::vector<std::uint16_t>(rows.size(), 0), rows);
}

MapPattern affine(std::uint16_t x, std::uint16_t y, std::uint16_t shift, std::uint16_t z) {
    return {1, MapStructure::affine, {{1, 1, x}, {2, 2, y}, {3, 0, shift}, {3, 3, z}}, 0b1110, shift + 1u};
}

void require_probabilities(const char* name, Parameter p, std::size_t size) {
    const std::size_t count = p.step == 0 ? 1 : size, whole = count / 8 * 8;
    if (element_kernels().within(p.values, 0.0, 1.0, whole))
        p.values += whole, size = count - whole;
    else
        size = count;
    for (std::size_t i = 0; i < size; ++i) require_probability(name, p.values[i]);
}

void require_times(Parameter time, std::size_t size) {
    const std::size_t count = time.step == 0 ? 1 : size, whole = count / 8 * 8;
    const double longest = std::numeric_limits<double>::max();
    const std::size_t checked = element_kernels().within(time.values, 0.0, longest, whole) ? whole : 0;
    for (std::size_t i = checked; i < count; ++i) require_non_negative("time", time.values[i]);
}

// The numbers are cosine, sine and minus sine.
MapPattern turns(const PauliRotation& rotation, int num_qubits) {
    MapPattern pattern;
    pattern.num_qubits = num_qubits;
    pattern.numbers = 3;
    for (const auto& [from, to] : rotation.planes()) {
        pattern.entries.insert(pattern.entries.end(),
                               {{from, from, 0}, {from, to, 2}, {to, from, 1}, {to, to, 0}});
        pattern.rows |= std::uint64_t{1} << from | std::uint64_t{1} << to;
    }
    std::ranges::sort(pattern.entries, {},
                      [](const MapEntry& entry) { return 64 * entry.row + entry.column; });
    return pattern;
}

// Finite angles that the kernel can reduce; others are left to the C library.
bool are_moderate(Parameter angle, std::size_t size) {
    constexpr double largest = 0x1p17;
    const std::size_t count = angle.step == 0 ? 1 : size, whole = count / 8 * 8;
    bool moderate = element_kernels().within(angle.values, -largest, largest, whole);
    for (std::size_t i = whole; i < count; ++i) moderate &= std::abs(angle.values[i]) <= largest;
    return moderate;
}

// A member of the catalogue whose factors are 1 - factor p.
struct LinearMember {
    std::string_view name;
    const char* parameter;
    int num_qubits;
    double factor;
    std::vector<std::uint8_t> rows;  // that are scaled
};

std::span<const LinearMember> linear_members() {
    static const std::vector<std::uint8_t> fifteen{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const std::array<LinearMember, 7> members{{
        {"bit_flip", "p_error", 1, 2.0, {2, 3}},
        {"y_flip", "p_error", 1, 2.0, {1, 3}},
        {"dephasing", "p_error", 1, 2.0, {1, 2}},
        {"depolarizing_error", "p_error", 1, 4.0 / 3.0, {1, 2, 3}},
        {"depolarizing_replace", "p_replace", 1, 1.0, {1, 2, 3}},
        {"two_qubit_depolarizing_error", "p_error", 2, 16.0 / 15.0, fifteen},
        {"two_qubit_depolarizing_replace", "p_replace", 2, 1.0, fifteen},
    }};
    return members;
}

}  // namespace

std::size_t ElementOperation::tile_width() const {
    const std::size_t width = tile_numbers / std::max<std::size_t>(pattern_.numbers, 1);
    return std::clamp<std::size_t>(width / 8 * 8, 8, 512);
}

std::optional<ElementOperation> ElementOperation::closed_form(const Operation& operation,
                                                              std::span<const Parameter> parameters,
                                                              std::size_t size) {
    static const double zero = 0.0;
    if (operation.name == "amplitude_damping" || operation.name == "generalized_amplitude_damping") {
        ElementOperation made(Source::damping, size);
        require_probabilities("gamma", parameters[0], size);
        if (parameters.size() == 2) require_probabilities("excited_population", parameters[1], size);
        made.parameters_ = {parameters[0], parameters.size() == 2 ? parameters[1] : Parameter{&zero, 0}};
        made.pattern_ = affine(0, 0, 2, 1);
        return made;
    }
    const auto linear = std::ranges::find(linear_members(), operation.name, &LinearMember::name);
    if (linear != linear_members().end()) {
        ElementOperation made(Source::one_minus, size);
        require_probabilities(linear->parameter, parameters[0], size);
        made.parameters_ = {parameters[0]};
        made.factor_ = linear->factor;
        made.pattern_ = common_scaling(linear->num_qubits, linear->rows);
        return made;
    }
    if (operation.gate != nullptr && operation.gate->factors.size() == 1 &&
        are_moderate(parameters[0], size)) {
        const GateFactor& factor = operation.gate->factors[0];
        ElementOperation made(Source::rotation, size);
        made.parameters_ = {parameters[0]};
        made.factor_ = factor.scale;
        made.pattern_ = turns(factor.rotation, operation.num_qubits);
        return made;
    }
    if (operation.name == "memory_decay") {
        const auto [time, t1, t2, excited] =
            std::array{parameters[0], parameters[1], parameters[2], parameters[3]};
        if (t1.step == 0 && t2.step == 0 && excited.step == 0)
            return decay(Memory::relaxation(t1[0], t2[0], excited[0]), time, size);
        std::vector<Memory> memories(size);
        for (std::size_t i = 0; i < size; ++i) memories[i] = Memory::relaxation(t1[i], t2[i], excited[i]);
        return decay(memories, time);
    }
    return std::nullopt;
}

ElementOperation ElementOperation::named(const Operation& operation, std::span<const Parameter> parameters,
                                         std::size_t size) {
    const bool same = std::ranges::all_of(parameters, [](const Parameter& p) { return p.step == 0; });
    std::vector<double> values(parameters.size());
    if (same) {
        std::ranges::transform(parameters, values.begin(), [](const Parameter& p) { return p[0]; });
        std::vector<double> transfer(power_of_four(2 * operation.num_qubits));
        operation.transfer(values.data(), transfer.data());
        return transfers(operation.num_qubits, transfer.data(), 0, size);
    }
    if (auto made = closed_form(operation, parameters, size)) return std::move(*made);
    ElementOperation made(Source::table, size);
    made.tabulate(operation.num_qubits, size, [&](std::size_t element, double* transfer) {
        for (std::size_t p = 0; p < values.size(); ++p) values[p] = parameters[p][element];
        operation.transfer(values.data(), transfer);
    });
    return made;
}

ElementOperation ElementOperation::decay(const Memory& memory, Parameter time, std::size_t size) {
    memory.check();
    require_times(time, size);
    ElementOperation made(Source::decay, size);
    const bool transverse = memory.rate_x == memory.rate_y;
    made.constants_ = {memory.equilibrium_z, memory.rate_x};
    if (!transverse) made.constants_.push_back(memory.rate_y);
    const auto y = static_cast<std::uint16_t>(transverse ? 0 : 1), z = static_cast<std::uint16_t>(y + 1);
    if (!memory.is_diagonal()) {
        made.constants_.push_back(memory.rate_z);
        made.pattern_ = affine(0, y, z + 1, z);
    } else if (memory.rate_z == 0.0) {
        made.pattern_ = scalings(1, std::array<std::uint16_t, 2>{0, y}, std::array<std::uint8_t, 2>{1, 2});
    } else if (transverse && memory.rate_z == memory.rate_x) {
        made.pattern_ = common_scaling(1, std::array<std::uint8_t, 3>{1, 2, 3});
    } else {
        made.constants_.push_back(memory.rate_z);
        made.pattern_ =
            scalings(1, std::array<std::uint16_t, 3>{0, y, z}, std::array<std::uint8_t, 3>{1, 2, 3});
    }
    made.parameters_ = {time};
    for (const double& constant : made.constants_) made.parameters_.push_back({&constant, 0});
    return made;
}

ElementOperation ElementOperation::decay(std::span<const Memory> memories, Parameter time) {
    const std::size_t size = memories.size();
    require_times(time, size);
    ElementOperation made(Source::decay, size);
    made.constants_.resize(4 * size);
    double* column = made.constants_.data();
    made.parameters_ = {time};
    for (const auto member : {&Memory::equilibrium_z, &Memory::rate_x, &Memory::rate_y, &Memory::rate_z}) {
        std::ranges::transform(memories, column, [&](const Memory& memory) { return memory.*member; });
        made.parameters_.push_back({column, 1});
        column += size;
    }
    for (const Memory& memory : memories) memory.check();
    made.pattern_ = affine(0, 1, 3, 2);
    return made;
}

ElementOperation ElementOperation::transfers(int num_qubits, const double* matrices, std::size_t step,
                                             std::size_t size) {
    const std::size_t entries = power_of_four(2 * num_qubits);
    ElementOperation made(Source::table, size);
    if (step == 0) {
        made.keep(num_qubits, matrices);
        return made;
    }
    made.tabulate(num_qubits, size, [&](std::size_t element, double* transfer) {
        std::copy_n(matrices + element * entries, entries, transfer);
    });
    return made;
}

ElementOperation ElementOperation::unitaries(int num_qubits, const std::complex<double>* matrices,
                                             std::size_t size) {
    ElementOperation made(Source::table, size);
    made.tabulate(num_qubits, size, [&](std::size_t element, double* transfer) {
        unitary_transfer(num_qubits, matrices + element * power_of_four(num_qubits), transfer);
    });
    return made;
}

// One matrix for all: equal entries share a column, but those of the diagonal, where a mask writes 1, do not
// share with others.
void ElementOperation::keep(int num_qubits, const double* matrix) {
    const std::size_t side = power_of_four(num_qubits);
    std::map<std::pair<double, bool>, std::uint16_t> known;
    pattern_.num_qubits = num_qubits;
    for (std::size_t row = 0; row < side; ++row) {
        const double* entries = matrix + row * side;
        const auto is_identity = [&](std::size_t column) {
            return entries[column] == (column == row ? 1.0 : 0.0);
        };
        if (std::ranges::all_of(std::views::iota(std::size_t{0}, side), is_identity)) continue;
        pattern_.rows |= std::uint64_t{1} << row;
        for (std::size_t column = 0; column < side; ++column) {
            if (entries[column] == 0.0 && column != row) continue;
            const auto [place, is_new] =
                known.try_emplace({entries[column], column == row}, static_cast<std::uint16_t>(known.size()));
            if (is_new) table_.push_back(entries[column]);
            pattern_.entries.push_back(
                {static_cast<std::uint8_t>(row), static_cast<std::uint8_t>(column), place->second});
        }
    }
    pattern_.numbers = known.size();
    table_stride_ = 0;
}

template <class Transfer>
void ElementOperation::tabulate(int num_qubits, std::size_t count, Transfer transfer) {
    const std::size_t side = power_of_four(num_qubits), stride = padded(count);
    constexpr std::uint16_t none = 0xffff;
    std::vector<std::uint16_t> numbers(side * side, none);
    std::vector<double> matrix(side * side);
    pattern_.num_qubits = num_qubits;
    // A column for every entry once it is met; those before it are zero. The diagonal has all of its
    // columns: there a mask writes 1.
    for (std::size_t row = 0; row < side; ++row)
        numbers[row * (side + 1)] = static_cast<std::uint16_t>(pattern_.numbers++);
    table_.resize(side * stride);
    for (std::size_t element = 0; element < count; ++element) {
        transfer(element, matrix.data());
        for (std::size_t e = 0; e < matrix.size(); ++e) {
            if (numbers[e] == none) {
                if (matrix[e] == 0.0) continue;
                numbers[e] = static_cast<std::uint16_t>(pattern_.numbers++);
                table_.resize(table_.size() + stride);
            }
            table_[numbers[e] * stride + element] = matrix[e];
        }
    }
    table_stride_ = stride;
    for (std::size_t row = 0; row < side; ++row) {
        const double* diagonal = &table_[numbers[row * (side + 1)] * stride];
        const bool alone = std::all_of(
            &numbers[row * side], &numbers[row * side] + side,
            [&](const std::uint16_t& n) { return n == none || &n == &numbers[row * (side + 1)]; });
        if (alone && std::all_of(diagonal, diagonal + count, [](double x) { return x == 1.0; })) continue;
        pattern_.rows |= std::uint64_t{1} << row;
        for (std::size_t column = 0; column < side; ++column)
            if (const std::uint16_t number = numbers[row * side + column]; number != none)
                pattern_.entries.push_back(
                    {static_cast<std::uint8_t>(row), static_cast<std::uint8_t>(column), number});
    }
}

// Into columns `stride` apart; `count` is a multiple of eight.
void ElementOperation::compute(std::span<const Parameter> parameters, std::size_t count, double* out,
                               std::size_t stride) const {
    const ElementKernels& kernels = element_kernels();
    if (source_ == Source::one_minus) return kernels.one_minus(factor_, parameters[0], out, count);
    if (source_ == Source::damping)
        return kernels.damping(parameters[0], parameters[1], out, out + stride, out + 2 * stride, count);
    if (source_ == Source::rotation)
        return kernels.rotation(factor_, parameters[0], out, out + stride, out + 2 * stride, count);
    const Parameter time = parameters[0], equilibrium = parameters[1];
    const auto rates = parameters.subspan(2);
    const bool shifted = pattern_.structure == MapStructure::affine;
    for (const Parameter& rate : rates.first(rates.size() - shifted)) {
        kernels.decay(rate, time, out, count);
        out += stride;
    }
    if (shifted) kernels.relaxation(rates.back(), time, equilibrium, out, out + stride, count);
}

ElementMaps ElementOperation::tile(std::size_t first, std::size_t count, double* scratch,
                                   const std::uint8_t* mask) const {
    const std::size_t stride = padded(count);
    if (source_ == Source::table) {
        if (table_stride_ != 0 && mask == nullptr) return {&pattern_, table_.data() + first, table_stride_};
        for (std::size_t number = 0; number < pattern_.numbers; ++number)
            if (table_stride_ == 0)
                std::fill_n(scratch + number * stride, stride, table_[number]);
            else
                std::copy_n(table_.data() + number * table_stride_ + first, stride,
                            scratch + number * stride);
    } else {
        const std::size_t whole = count / 8 * 8, rest = count - whole;
        std::array<Parameter, 6> parameters{};
        std::array<std::array<double, 8>, 6> last{};  // never past the end of the caller's arrays
        for (std::size_t p = 0; p < parameters_.size(); ++p) {
            const Parameter& all = parameters_[p];
            parameters[p] = {all.values + first * all.step, all.step};
            if (all.step != 0) std::copy_n(parameters[p].values + whole, rest, last[p].begin());
        }
        const std::span used(parameters.data(), parameters_.size());
        compute(used, whole, scratch, stride);
        for (std::size_t p = 0; p < parameters_.size(); ++p)
            if (parameters[p].step != 0) parameters[p].values = last[p].data();
        if (rest > 0) compute(used, 8, scratch + whole, stride);
    }
    if (mask != nullptr) {
        const std::size_t whole = count / 8 * 8;
        std::array<std::uint8_t, 8> last{};
        std::copy_n(mask + whole, count - whole, last.begin());
        const auto& blend = element_kernels().blend;
        std::size_t done = pattern_.numbers;
        for (const MapEntry& entry : pattern_.entries) {
            if (entry.number == done) continue;  // of the entry before
            done = entry.number;
            double* column = scratch + entry.number * stride;
            const double other = entry.row == entry.column ? 1.0 : 0.0;
            blend(mask, other, column, whole);
            if (count > whole) blend(last.data(), other, column + whole, 8);
        }
    }
    return {&pattern_, scratch, stride};
}

}  // namespace ebit
