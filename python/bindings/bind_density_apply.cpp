// DensityMatrix.apply and .decay. A call with plain numbers is done here, straight from the interpreter's
// vector of arguments: pybind11's own dispatch would cost more than the operation. Whatever else is given
// (arrays, channels, unitaries, masks, or something wrong) goes to `_apply_general` and `_decay_general` of
// the Python class, which come back with checked arrays.
#include <pybind11/complex.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bindings.hpp"
#include "ebit/density/apply.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/element_maps.hpp"
#include "ebit/density/linear_map.hpp"
#include "ebit/density/qubits.hpp"
#include "fast_call.hpp"

namespace ebit::python {

namespace {

// From so many numbers on, other threads of Python may run meanwhile.
constexpr std::size_t long_work = std::size_t{1} << 14;

// The names of what the general calls need.
struct Words {
    PyObject *apply_general, *decay_general, *where, *canonical, *ptm;
};
Words words{};

DensityMatrix* state_of(PyObject* self) { return instance_of<DensityMatrix>(self); }

// Without the interpreter's lock if the work is long.
template <class Work>
PyObject* run(const DensityMatrix& state, Work work) {
    return guarded([&] {
        if (power_of_four(state.num_qubits()) * state.stride() >= long_work) {
            const py::gil_scoped_release release;
            work();
        } else {
            work();
        }
        return Py_NewRef(Py_None);
    });
}

// self.<name>(tuple of positional arguments, where)
PyObject* general(PyObject* self, PyObject* name, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    PyObject* where = Py_None;
    if (kwnames != nullptr && PyTuple_GET_SIZE(kwnames) > 0) {
        PyObject* keyword = PyTuple_GET_ITEM(kwnames, 0);
        if (PyTuple_GET_SIZE(kwnames) > 1 || PyUnicode_Compare(keyword, words.where) != 0)
            return PyErr_Format(PyExc_TypeError, "the only keyword is where, not %R",
                                PyTuple_GET_SIZE(kwnames) > 1 ? kwnames : keyword);
        where = args[count];
    }
    PyObject* positional = PyTuple_New(count);
    if (positional == nullptr) return nullptr;
    for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(positional, i, Py_NewRef(args[i]));
    PyObject* result = PyObject_CallMethodObjArgs(self, name, positional, where, nullptr);
    Py_DECREF(positional);
    return result;
}

// A C-contiguous array of doubles, or null.
const double* doubles(PyObject* object, py::ssize_t ndim, py::ssize_t rows, py::ssize_t columns) {
    if (!py::isinstance<py::array>(object)) return nullptr;
    const auto array = py::reinterpret_borrow<py::array>(object);
    const bool fits = array.ndim() == ndim && array.shape(ndim - 1) == columns &&
                      array.shape(ndim - 2) == rows && (array.flags() & py::array::c_style) != 0 &&
                      array.dtype().num() == py::detail::npy_api::NPY_DOUBLE_;
    return fits ? static_cast<const double*>(array.data()) : nullptr;
}

py::object attribute(PyObject* owner, PyObject* name) {
    PyObject* value = PyObject_GetAttr(owner, name);
    if (value == nullptr) PyErr_Clear();
    return py::reinterpret_steal<py::object>(value);
}

// One ebit.Channel for all elements. Null without an error if it is not that.
PyObject* apply_channel(DensityMatrix& state, Arguments args, Py_ssize_t count) {
    if (count < 2 || count > 3 || PyUnicode_Check(args[0])) return nullptr;
    const py::object held = attribute(args[0], words.ptm);
    const py::ssize_t side = count == 2 ? 4 : 16;
    const double* transfer = held ? doubles(held.ptr(), 2, side, side) : nullptr;
    std::array<int, 2> places;
    const std::span<const int> qubits(places.data(), static_cast<std::size_t>(count - 1));
    if (transfer == nullptr || !read(args[1], state.num_qubits(), places[0]) ||
        (count == 3 && !read(args[2], state.num_qubits(), places[1])) || !differ(qubits))
        return nullptr;
    return run(state, [&] { apply_transfer(transfer, qubits, state.rows()); });
}

PyObject* apply_method(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    DensityMatrix* state = state_of(self);
    if (state == nullptr) return nullptr;
    const Operation* operation = count > 0 && kwnames == nullptr ? interned_names().find(args[0]) : nullptr;
    if (operation == nullptr) {
        PyObject* done = kwnames == nullptr ? apply_channel(*state, args, count) : nullptr;
        if (done != nullptr || PyErr_Occurred()) return done;
        return general(self, words.apply_general, args, count, kwnames);
    }

    std::array<double, most_parameters> parameters;
    std::array<int, most_qubits> places;
    const int num_parameters = operation->num_parameters, num_qubits = operation->num_qubits;
    bool plain = count == 1 + num_parameters + num_qubits;
    for (int p = 0; plain && p < num_parameters; ++p)
        plain = read(args[1 + p], parameters[static_cast<std::size_t>(p)]);
    for (int q = 0; plain && q < num_qubits; ++q)
        plain = read(args[1 + num_parameters + q], state->num_qubits(), places[static_cast<std::size_t>(q)]);
    const std::span<const int> qubits(places.data(), static_cast<std::size_t>(num_qubits));
    if (!plain || !differ(qubits)) return general(self, words.apply_general, args, count, kwnames);
    return run(*state, [&] { apply(*operation, parameters.data(), qubits, state->rows()); });
}

// The one row of rates and equilibrium of an ebit.Memory for one point.
bool read_memory(PyObject* argument, Memory& memory) {
    const py::object held = attribute(argument, words.canonical);
    const double* row = held ? doubles(held.ptr(), 2, 1, 4) : nullptr;
    if (row == nullptr) return false;
    memory = Row<Memory>::read(row);
    return true;
}

PyObject* decay_method(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    DensityMatrix* state = state_of(self);
    if (state == nullptr) return nullptr;
    double time = 0.0;
    Memory memory;
    int qubit = 0;
    const bool plain = count == 3 && kwnames == nullptr && read(args[0], time) &&
                       read_memory(args[1], memory) && read(args[2], state->num_qubits(), qubit);
    if (!plain) return general(self, words.decay_general, args, count, kwnames);
    return run(*state, [&] { apply_decay(memory, time, qubit, state->rows()); });
}

// ---- what the Python half calls with checked arrays ----

using Mask = std::optional<Array<std::uint8_t>>;

const std::uint8_t* mask_of(const Mask& mask, const DensityMatrix& state) {
    if (!mask) return nullptr;
    if (mask->ndim() != 1 || static_cast<std::size_t>(mask->shape(0)) != state.size())
        throw std::invalid_argument("internal: a mask has one entry per element");
    return mask->data();
}

Parameter parameter_of(const Array<double>& values, const DensityMatrix& state) {
    const auto size = static_cast<std::size_t>(values.size());
    if (size != 1 && size != state.size())
        throw std::invalid_argument("internal: a parameter has one value, or one per element");
    return {values.data(), size == 1 && values.ndim() == 0 ? std::size_t{0} : std::size_t{1}};
}

void apply_operation(DensityMatrix& state, const ElementOperation& operation, const std::vector<int>& qubits,
                     const std::uint8_t* mask) {
    apply(operation, qubits, state.rows(), state.size(), mask);
}

void apply_named(DensityMatrix& state, std::string_view name, const std::vector<Array<double>>& values,
                 const std::vector<int>& qubits, const Mask& mask) {
    const Operation& found = operation(name);
    if (values.size() != static_cast<std::size_t>(found.num_parameters) ||
        qubits.size() != static_cast<std::size_t>(found.num_qubits))
        throw std::invalid_argument("internal: not the arguments of the operation");
    std::vector<Parameter> parameters;
    bool varies = mask.has_value();
    for (const Array<double>& each : values) {
        parameters.push_back(parameter_of(each, state));
        varies |= parameters.back().step != 0;
    }
    const std::uint8_t* where = mask_of(mask, state);
    const py::gil_scoped_release release;
    if (!varies) {
        std::vector<double> numbers;
        for (const Parameter& each : parameters) numbers.push_back(each[0]);
        return apply(found, numbers.data(), qubits, state.rows());
    }
    apply_operation(state, ElementOperation::named(found, parameters, state.size()), qubits, where);
}

void apply_one_transfer(DensityMatrix& state, const double* transfer, const std::vector<int>& qubits,
                        const std::uint8_t* mask) {
    if (mask == nullptr) return apply_transfer(transfer, qubits, state.rows());
    const auto k = static_cast<int>(qubits.size());
    apply_operation(state, ElementOperation::transfers(k, transfer, 0, state.size()), qubits, mask);
}

// Matrices of shape (entries, entries) for all elements, or (N, entries, entries).
void apply_transfers(DensityMatrix& state, const Array<double>& matrices, const std::vector<int>& qubits,
                     const Mask& mask) {
    const std::uint8_t* where = mask_of(mask, state);
    const auto k = static_cast<int>(qubits.size());
    const std::size_t step = matrices.ndim() == 2 ? 0 : 1;
    if (static_cast<std::size_t>(matrices.size()) != power_of_four(2 * k) * (step == 0 ? 1 : state.size()))
        throw std::invalid_argument("internal: not the transfer matrices of this state");
    const py::gil_scoped_release release;
    if (step == 0) return apply_one_transfer(state, matrices.data(), qubits, where);
    ebit::apply_transfers(matrices.data(), qubits, state.rows(), state.size(), where);
}

void apply_unitaries(DensityMatrix& state, const Array<std::complex<double>>& matrices,
                     const std::vector<int>& qubits, const Mask& mask) {
    const std::uint8_t* where = mask_of(mask, state);
    const auto k = static_cast<int>(qubits.size());
    const bool one = matrices.ndim() == 2;
    if (static_cast<std::size_t>(matrices.size()) != power_of_four(k) * (one ? 1 : state.size()))
        throw std::invalid_argument("internal: not the unitaries of this state");
    const py::gil_scoped_release release;
    if (one) {
        std::vector<double> transfer(power_of_four(2 * k));
        unitary_transfer(k, matrices.data(), transfer.data());
        return apply_one_transfer(state, transfer.data(), qubits, where);
    }
    ebit::apply_unitaries(matrices.data(), qubits, state.rows(), state.size(), where);
}

// `memories`: rows of rates and equilibrium, (4,) or (N, 4).
void apply_memories(DensityMatrix& state, const Array<double>& times, const Array<double>& memories,
                    int qubit, const Mask& mask) {
    const std::uint8_t* where = mask_of(mask, state);
    const Parameter time = parameter_of(times, state);
    const auto* rows = reinterpret_cast<const Memory*>(memories.data());
    if (memories.size() != (memories.ndim() == 1 ? 4 : 4 * static_cast<py::ssize_t>(state.size())))
        throw std::invalid_argument("internal: not the memories of this state");
    const py::gil_scoped_release release;
    if (memories.ndim() == 1 && time.step == 0 && where == nullptr)
        return apply_decay(*rows, time[0], qubit, state.rows());
    const ElementOperation made = memories.ndim() == 1 ? ElementOperation::decay(*rows, time, state.size())
                                                       : ElementOperation::decay({rows, state.size()}, time);
    apply_operation(state, made, {qubit}, where);
}

// ---- structure: `out` has the right size ----

void require_shape(const DensityMatrix& out, int num_qubits, std::size_t stride) {
    if (out.num_qubits() != num_qubits || out.stride() != stride)
        throw std::invalid_argument("internal: the result has another shape");
}

void tensor_of(DensityMatrix& left, DensityMatrix& right, DensityMatrix& out) {
    for (const DensityMatrix* part : {&left, &right})
        if (part->is_batch() && part->stride() != out.stride())
            throw std::invalid_argument("internal: the batches differ in size");
    require_shape(out, left.num_qubits() + right.num_qubits(), out.stride());
    const py::gil_scoped_release release;
    tensor(left.rows(), right.rows(), out.rows());
}

void take_qubits_of(DensityMatrix& in, const std::vector<int>& kept, DensityMatrix& out) {
    require_shape(out, static_cast<int>(kept.size()), in.stride());
    const py::gil_scoped_release release;
    take_qubits(in.rows(), kept, out.rows());
}

void add_qubits_to(DensityMatrix& in, DensityMatrix& out) {
    require_shape(out, std::max(in.num_qubits(), out.num_qubits()), in.stride());
    const py::gil_scoped_release release;
    add_qubits(in.rows(), out.rows());
}

PyMethodDef methods[] = {fast_method("apply", &apply_method), fast_method("decay", &decay_method)};

}  // namespace

void bind_density_apply(py::module_& m) {
    interned_names();  // made now, not in the first call
    words = {PyUnicode_InternFromString("_apply_general"), PyUnicode_InternFromString("_decay_general"),
             PyUnicode_InternFromString("where"), PyUnicode_InternFromString("_canonical"),
             PyUnicode_InternFromString("_ptm")};
    for (PyMethodDef& method : methods) add_method(m.attr("DensityMatrix"), method);
    m.def("apply_named", &apply_named);
    m.def("apply_transfers", &apply_transfers);
    m.def("apply_unitaries", &apply_unitaries);
    m.def("apply_memories", &apply_memories);
    m.def("density_tensor", &tensor_of);
    m.def("density_take_qubits", &take_qubits_of);
    m.def("density_add_qubits", &add_qubits_to);
}

}  // namespace ebit::python
