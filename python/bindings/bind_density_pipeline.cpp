#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "ebit/density/bilinear.hpp"
#include "ebit/density/density_matrix.hpp"
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
    explicit Filled(std::size_t count)
        : size(static_cast<py::ssize_t>(count)), values((size + 7) / 8 * 8) {}
    py::array_t<T> view() const { return py::array_t<T>({size}, {sizeof(T)}, values.data(), values); }
    py::ssize_t size;
    Array<T> values;
};

RowArrays::State read(const DensityMatrix& state) { return {state.data(), state.stride(), !state.is_batch()}; }

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
        call = {read(left), read(right), {target.data(), target.stride()}, probability_.values.mutable_data()};
        how.size = state.size();
        how.threads = threads;
    }

    py::array_t<double> finish() {
        const std::size_t rows = power_of_four(state_.num_qubits());
        if (!state_.is_batch())
            for (std::size_t r = 0; r < rows; ++r) state_.data()[r] = own_.data()[r * own_.stride()];
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
            throw std::invalid_argument(std::string(name) + " is a batch of " +
                                        std::to_string(given.size()) + ", not " +
                                        std::to_string(state_.size()));
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
    const bool single = outcome.ndim() == 0;
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
}

}  // namespace ebit::python
