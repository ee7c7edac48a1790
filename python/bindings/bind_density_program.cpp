#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "ebit/density/element_maps.hpp"
#include "ebit/density/program.hpp"
#include "fast_call.hpp"
#include "host.hpp"

namespace ebit::python {

namespace {

// So many numbers are done before another thread of Python would get its turn.
constexpr std::size_t short_work = std::size_t{1} << 14;

using Mask = std::optional<Array<std::uint8_t>>;

// An operation with the numbers that its parameters point to.
struct Owned {
    std::vector<std::vector<double>> numbers;
    std::vector<Memory> memories;
    std::optional<ElementOperation> operation;
};

Parameter parameter_of(Owned& owned, const Array<double>& values) {
    owned.numbers.emplace_back(values.data(), values.data() + values.size());
    return {owned.numbers.back().data(), values.ndim() == 0 ? std::size_t{0} : std::size_t{1}};
}

void add(Program& program, const std::shared_ptr<Owned>& owned, std::vector<int> qubits, const Mask& mask,
         std::size_t batch) {
    std::vector<std::uint8_t> bytes;
    if (mask) bytes.assign(mask->data(), mask->data() + mask->size());
    std::shared_ptr<const ElementOperation> operation(owned, &*owned->operation);
    program.add(ElementStep{std::move(operation), std::move(qubits), std::move(bytes)}, batch);
}

void add_named(Program& program, std::string_view name, const std::vector<Array<double>>& values,
               std::vector<int> qubits, const Mask& mask, std::size_t batch) {
    const auto owned = std::make_shared<Owned>();
    std::vector<Parameter> parameters;
    for (const Array<double>& each : values) parameters.push_back(parameter_of(*owned, each));
    owned->operation.emplace(ElementOperation::named(operation(name), parameters, batch));
    add(program, owned, std::move(qubits), mask, batch);
}

// (side, side) for all elements, or (N, side, side).
void add_transfers(Program& program, const Array<double>& matrices, std::vector<int> qubits, const Mask& mask,
                   std::size_t batch) {
    const auto owned = std::make_shared<Owned>();
    owned->operation.emplace(ElementOperation::transfers(static_cast<int>(qubits.size()), matrices.data(),
                                                         matrices.ndim() == 2 ? 0 : 1, batch));
    add(program, owned, std::move(qubits), mask, batch);
}

// `memories`: rows of rates and equilibrium, (4,) or (N, 4).
void add_decay(Program& program, const Array<double>& times, const Array<double>& memories, int qubit,
               const Mask& mask, std::size_t batch) {
    const auto owned = std::make_shared<Owned>();
    const Parameter time = parameter_of(*owned, times);
    for (py::ssize_t row = 0; row < memories.size() / 4; ++row)
        owned->memories.push_back(Row<Memory>::read(memories.data() + 4 * row));
    owned->operation.emplace(memories.ndim() == 1 ? ElementOperation::decay(owned->memories[0], time, batch)
                                                  : ElementOperation::decay(owned->memories, time));
    add(program, owned, {qubit}, mask, batch);
}

void run(const Program& program, DensityMatrix& state, int threads) {
    Host(py::none()).run([&](Cancellation& cancel) { program.run(state, threads, cancel); });
}

PyTypeObject* state_type = nullptr;
PyObject* call_general = nullptr;

// `program(state)` of a small state, straight from the interpreter's arguments; all else is
// `_call_general` of the Python class.
PyObject* call(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    if (count != 1 || kwnames != nullptr || PyObject_TypeCheck(args[0], state_type) == 0)
        return forward(self, call_general, args, count, kwnames);
    const auto* program = instance_of<Program>(self);
    auto* state = program != nullptr ? instance_of<DensityMatrix>(args[0]) : nullptr;
    if (state == nullptr) return nullptr;
    return guarded([&] {
        const bool is_small = power_of_four(state->num_qubits()) * state->stride() <= short_work;
        if (is_small && program->run_small(*state)) return Py_NewRef(Py_None);
        return forward(self, call_general, args, count, kwnames);
    });
}

PyMethodDef call_method = fast_method("__call__", &call);

}  // namespace

void bind_density_program(py::module_& m) {
    py::class_<Program> type(m, "Program");
    type.def(py::init([](std::int64_t num_qubits) {
            // What does not fit an int is refused like any other wrong number.
            return std::make_unique<Program>(
                static_cast<int>(std::clamp<std::int64_t>(num_qubits, -1, 1000)));
        }))
        .def_property_readonly("num_qubits", &Program::num_qubits)
        .def("__len__", &Program::size)
        .def("_add",
             [](Program& program, const Array<double>& transfer, const std::vector<int>& qubits) {
                 const auto size = static_cast<py::ssize_t>(power_of_four(static_cast<int>(qubits.size())));
                 if (transfer.ndim() != 2 || transfer.shape(0) != size || transfer.shape(1) != size)
                     throw std::invalid_argument("internal: not a transfer matrix of these qubits");
                 program.add(qubits, transfer.data());
             })
        .def("_add_named", &add_named)
        .def("_add_transfers", &add_transfers)
        .def("_add_decay", &add_decay)
        .def("_run", &run)
        .def("_outline", [](const Program& program, const DensityMatrix& state) {
            const auto [maps, passes] = program.outline(state);
            return std::pair(maps, passes);
        });
    state_type = reinterpret_cast<PyTypeObject*>(m.attr("DensityMatrix").ptr());
    call_general = PyUnicode_InternFromString("_call_general");
    add_method(type, call_method);
}

}  // namespace ebit::python
