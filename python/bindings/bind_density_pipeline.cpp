#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "ebit/density/bilinear.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/pipeline.hpp"
#include "host.hpp"

namespace ebit::python {

namespace {

std::vector<std::uint32_t> indices(const Array<std::int64_t>& column) {
    std::vector<std::uint32_t> out;
    for (py::ssize_t t = 0; t < column.size(); ++t) {
        const std::int64_t x = column.data()[t];
        out.push_back(x < 0 || x > 0xFFFFFFFF ? 0xFFFFFFFF : static_cast<std::uint32_t>(x));
    }
    return out;
}

Array<std::int64_t> column(const std::vector<std::uint32_t>& values) {
    Array<std::int64_t> out(static_cast<py::ssize_t>(values.size()));
    std::copy(values.begin(), values.end(), out.mutable_data());
    return out;
}

std::shared_ptr<BilinearTable> table(int num_left, int num_right, int num_out, int num_bits,
                                     const Array<std::int64_t>& out, const Array<std::int64_t>& left,
                                     const Array<std::int64_t>& right, const Array<std::int64_t>& character,
                                     const Array<double>& coefficient) {
    BilinearTable::Columns columns{indices(out),
                                   indices(left),
                                   indices(right),
                                   indices(character),
                                   {coefficient.data(), coefficient.data() + coefficient.size()}};
    if (coefficient.ndim() == 2) columns.batch = static_cast<std::size_t>(coefficient.shape(1));
    return std::make_shared<BilinearTable>(num_left, num_right, num_out, num_bits, std::move(columns));
}

py::tuple columns_of(const BilinearTable& self) {
    const auto& columns = self.columns();
    const auto terms = static_cast<py::ssize_t>(self.num_terms());
    Array<double> coefficients(
        columns.batch ? py::array::ShapeContainer{terms, static_cast<py::ssize_t>(*columns.batch)}
                      : py::array::ShapeContainer{terms});
    std::copy(columns.coefficients.begin(), columns.coefficients.end(), coefficients.mutable_data());
    return py::make_tuple(column(columns.out), column(columns.left), column(columns.right),
                          column(columns.character), coefficients);
}

// A column with room for whole vectors, of which the caller sees its elements.
template <class T>
struct Filled {
    explicit Filled(std::size_t count) : size(static_cast<py::ssize_t>(count)), values((size + 7) / 8 * 8) {}
    py::array_t<T> view() const { return py::array_t<T>({size}, {sizeof(T)}, values.data(), values); }
    py::ssize_t size;
    Array<T> values;
};

void copy_first(const Rows& batch, DensityMatrix& single) {
    for (std::size_t r = 0; r < power_of_four(batch.num_qubits); ++r)
        single.data()[r] = batch.data[r * batch.stride];
}

RowArrays::State read(const DensityMatrix& state) {
    return {state.data(), state.stride(), !state.is_batch()};
}

// One call of a table: shapes are checked, a single result is computed as a batch of one.
class TableCall {
  public:
    TableCall(const BilinearTable& table, const DensityMatrix& left, const DensityMatrix& right,
              DensityMatrix& state, int threads)
        : state_(state), own_(state.is_batch() ? 0 : table.num_out(), 1), probability_(state.size()) {
        check("left", left, table.num_left());
        check("right", right, table.num_right());
        check("state", state, table.num_out());
        if (table.columns().batch && *table.columns().batch != state.size())
            throw std::invalid_argument("the table has coefficients for " +
                                        std::to_string(*table.columns().batch) + " elements, not " +
                                        std::to_string(state.size()));
        DensityMatrix& target = state.is_batch() ? state : own_;
        call = {
            read(left), read(right), {target.data(), target.stride()}, probability_.values.mutable_data()};
        how.size = state.size();
        how.threads = threads;
    }

    py::array_t<double> finish() {
        if (!state_.is_batch()) copy_first(own_.rows(), state_);
        return probability_.view();
    }

    BilinearTable::Call call{};
    RowCall how;

  private:
    void check(const char* name, const DensityMatrix& given, int num_qubits) const {
        if (given.num_qubits() != num_qubits)
            throw std::invalid_argument(std::string(name) + " has " + std::to_string(given.num_qubits()) +
                                        " qubits: the map takes " + std::to_string(num_qubits));
        if (given.is_batch() && (!state_.is_batch() || given.size() != state_.size()))
            throw std::invalid_argument(std::string(name) + " is a batch of " + std::to_string(given.size()) +
                                        ", not " + std::to_string(state_.size()));
    }

    DensityMatrix& state_;
    DensityMatrix own_;
    Filled<double> probability_;
};

py::array_t<double> average(const BilinearTable& self, const DensityMatrix& left, const DensityMatrix& right,
                            const Array<std::uint8_t>& accepted, DensityMatrix& state, int threads) {
    if (accepted.size() != py::ssize_t{1} << self.num_bits())
        throw std::invalid_argument("internal: accepted has not one flag per outcome");
    TableCall made(self, left, right, state, threads);
    const OutcomeSet set = outcome_set({accepted.data(), static_cast<std::size_t>(accepted.size())});
    Host(py::none()).run([&](Cancellation& cancel) { self.average(made.call, set, made.how, cancel); });
    return made.finish();
}

py::tuple sample(const BilinearTable& self, const DensityMatrix& left, const DensityMatrix& right,
                 std::uint64_t key, DensityMatrix& state, int threads) {
    TableCall made(self, left, right, state, threads);
    made.how.keys = {&key, 1};
    Filled<std::uint8_t> outcome(state.size());
    auto* out = outcome.values.mutable_data();
    Host(py::none()).run([&](Cancellation& cancel) { self.sample(made.call, out, made.how, cancel); });
    return py::make_tuple(outcome.view(), made.finish());
}

py::array_t<double> branch(const BilinearTable& self, const DensityMatrix& left, const DensityMatrix& right,
                           const Array<std::uint8_t>& outcome, DensityMatrix& state, int threads) {
    TableCall made(self, left, right, state, threads);
    const bool single = outcome.size() == 1;
    if (!single && outcome.size() != static_cast<py::ssize_t>(state.size()))
        throw std::invalid_argument("there must be one outcome, or one for each element");
    for (py::ssize_t k = 0; k < outcome.size(); ++k)
        if (outcome.data()[k] >= 1 << self.num_bits())
            throw std::invalid_argument("outcome = " + std::to_string(outcome.data()[k]) +
                                        " is not allowed: it must be less than " +
                                        std::to_string(1 << self.num_bits()));
    Host(py::none()).run([&](Cancellation& cancel) {
        self.branch(made.call, {outcome.data(), single}, made.how, cancel);
    });
    return made.finish();
}

// ---- pipelines ----

using NumberOrParameter = std::pair<double, std::int64_t>;  // a negative parameter: the number

Pipeline::Operand operand(const NumberOrParameter& given) {
    if (given.second < 0) return {given.first};
    return {0.0, static_cast<std::uint32_t>(given.second)};
}

OutcomeSet set_of(const Array<std::uint8_t>& accepted) {
    return outcome_set({accepted.data(), static_cast<std::size_t>(accepted.size())});
}

template <class T>
std::vector<RowArrays::Column<T>> read(const char* name, const std::vector<Array<T>>& arrays,
                                       std::size_t size) {
    std::vector<RowArrays::Column<T>> out;
    for (const Array<T>& array : arrays) {
        if (array.ndim() > 0 && array.size() != static_cast<py::ssize_t>(size))
            throw std::invalid_argument(std::string("internal: ") + name + " of another size");
        out.push_back({array.data(), array.ndim() == 0});
    }
    return out;
}

// Room for `count` columns, and what the caller sees of them.
template <class T>
std::vector<Filled<T>> columns_for(std::size_t count, std::size_t size, std::vector<T*>& pointers) {
    std::vector<Filled<T>> made;
    for (std::size_t i = 0; i < count; ++i) {
        made.emplace_back(size);
        pointers.push_back(made.back().values.mutable_data());
    }
    return made;
}

template <class T>
py::list views(const std::vector<Filled<T>>& columns) {
    py::list out;
    for (const auto& column : columns) out.append(column.view());
    return out;
}

py::tuple run(const Pipeline& self, const std::vector<const DensityMatrix*>& inputs,
              const std::vector<Array<double>>& parameters, const std::vector<Array<std::uint8_t>>& flags,
              const std::vector<Array<double>>& matrices, const std::vector<DensityMatrix*>& states,
              std::size_t size, std::uint64_t key, int threads, std::size_t tile) {
    Pipeline::Call call;
    call.inputs = inputs;
    call.parameters = read("a parameter", parameters, size);
    call.flags = read("a flag", flags, size);
    for (const Array<double>& entries : matrices) {
        if (entries.ndim() != 2 || entries.shape(1) != static_cast<py::ssize_t>((size + 7) / 8 * 8))
            throw std::invalid_argument("internal: matrices of another size");
        call.matrices.push_back(entries.data());
    }
    call.size = size;
    call.key = key;
    call.threads = threads;
    call.tile = tile;
    std::vector<std::unique_ptr<DensityMatrix>> own;  // single states are computed as batches of one
    for (DensityMatrix* state : states) {
        if (!state->is_batch()) own.push_back(std::make_unique<DensityMatrix>(state->num_qubits(), 1));
        DensityMatrix& target = state->is_batch() ? *state : *own.back();
        call.states.push_back({target.data(), target.stride()});
    }
    const auto numbers = columns_for<double>(self.num_numbers(), size, call.numbers);
    const auto outcomes = columns_for<std::uint8_t>(self.num_outcomes(), size, call.outcomes);
    const auto accepted = columns_for<std::uint8_t>(self.num_flags(), size, call.accepted);
    Host(py::none()).run([&](Cancellation& cancel) { self.run(call, cancel); });
    auto single = own.begin();
    for (DensityMatrix* state : states)
        if (!state->is_batch()) copy_first((*single++)->rows(), *state);
    return py::make_tuple(views(numbers), views(outcomes), views(accepted));
}

void bind_pipeline(py::module_& m) {
    py::class_<Pipeline>(m, "Pipeline")
        .def(py::init<>())
        .def("input", &Pipeline::input)
        .def("parameter", &Pipeline::parameter)
        .def("flag", &Pipeline::flag)
        .def("matrices", &Pipeline::matrices)
        .def("decay",
             [](Pipeline& self, std::uint32_t state, const std::array<NumberOrParameter, 4>& memory,
                const NumberOrParameter& time, int qubit) {
                 Pipeline::MemoryOperands operands;
                 std::ranges::transform(memory, operands.begin(), operand);
                 return self.decay(state, operands, operand(time), qubit);
             })
        .def("transfer",
             [](Pipeline& self, std::uint32_t state, const Array<double>& matrix, std::vector<int> qubits) {
                 return self.transfer(state, {matrix.data(), static_cast<std::size_t>(matrix.size())},
                                      std::move(qubits));
             })
        .def("named",
             [](Pipeline& self, std::uint32_t state, std::string_view name,
                const std::vector<NumberOrParameter>& parameters, std::vector<int> qubits) {
                 std::vector<Pipeline::Operand> operands(parameters.size());
                 std::ranges::transform(parameters, operands.begin(), operand);
                 return self.named(state, operation(name), std::move(operands), std::move(qubits));
             })
        .def("matrix", &Pipeline::matrix)
        .def("where",
             [](Pipeline& self, bool is_flag, std::uint32_t index, std::uint32_t bits, std::uint32_t yes,
                std::uint32_t no) { return self.where({is_flag, index, bits}, yes, no); })
        .def("average",
             [](Pipeline& self, std::shared_ptr<BilinearTable> map, std::uint32_t left, std::uint32_t right,
                const Array<std::uint8_t>& accepted) {
                 const auto made = self.average(std::move(map), left, right, set_of(accepted));
                 return std::pair(made.state, made.probability);
             })
        .def("sample",
             [](Pipeline& self, std::shared_ptr<BilinearTable> map, std::uint32_t left, std::uint32_t right) {
                 const auto made = self.sample(std::move(map), left, right);
                 return std::pair(made.state, made.outcome);
             })
        .def("return_state", &Pipeline::return_state)
        .def("return_number", &Pipeline::return_number)
        .def("return_outcome", &Pipeline::return_outcome)
        .def("return_flag",
             [](Pipeline& self, std::uint32_t outcome, const Array<std::uint8_t>& accepted) {
                 self.return_flag(outcome, set_of(accepted));
             })
        .def("run", &run);
}

}  // namespace

void bind_density_pipeline(py::module_& m) {
    py::class_<BilinearTable, std::shared_ptr<BilinearTable>>(m, "BilinearTable")
        .def(py::init(&table))
        .def_property_readonly("num_left", &BilinearTable::num_left)
        .def_property_readonly("num_right", &BilinearTable::num_right)
        .def_property_readonly("num_out", &BilinearTable::num_out)
        .def_property_readonly("num_bits", &BilinearTable::num_bits)
        .def_property_readonly("batch", [](const BilinearTable& self) { return self.columns().batch; })
        .def_property_readonly("columns", &columns_of)
        .def("average", &average)
        .def("sample", &sample)
        .def("branch", &branch);
    bind_pipeline(m);
}

}  // namespace ebit::python
