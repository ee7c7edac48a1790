#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "ebit/base/error.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/pool.hpp"
#include "ebit/density/pool_join.hpp"
#include "ebit/density/pool_operations.hpp"
#include "ebit/density/pool_snapshot.hpp"
#include "fast_call.hpp"

namespace ebit::python {

namespace {

// An array of numbers that were numbers before: text and booleans are not converted, nor what has digits
// after the point to integers.
template <class T>
struct Exact : py::array_t<T, py::array::c_style> {
    using py::array_t<T, py::array::c_style>::array_t;
};
using SlotArray = Exact<Slot>;
using NumberArray = Exact<std::int64_t>;
using TimeArray = Exact<double>;

}  // namespace

}  // namespace ebit::python

template <class T>
struct pybind11::detail::pyobject_caster<ebit::python::Exact<T>> {
    using type = ebit::python::Exact<T>;
    bool load(handle source, bool convert) {
        if (!convert && !array_t<T, array::c_style>::check_(source)) return false;
        const auto given = array::ensure(source);
        if (!given) return false;
        const char kind = given.dtype().kind();
        const bool is_integer = kind == 'i' || kind == 'u';
        if (!is_integer && !(std::is_floating_point_v<T> && kind == 'f') && given.size() != 0) return false;
        value = reinterpret_borrow<type>(array_t<T, array::c_style | array::forcecast>::ensure(given));
        return static_cast<bool>(value);
    }
    static handle cast(const handle& source, return_value_policy, handle) { return source.inc_ref(); }
    PYBIND11_TYPE_CASTER(type, handle_type_name<array_t<T>>::name);
};

namespace ebit::python {

namespace {

SlotSpan all(const SlotArray& slots) {
    if (slots.ndim() == 0)
        throw py::type_error("arguments that go with one slot, such as time, must be plain numbers");
    if (slots.ndim() != 1)
        throw InvalidParameter("slots", std::to_string(slots.ndim()) + "-dimensional",
                               "an array with one axis");
    return {slots.data(), static_cast<std::size_t>(slots.size())};
}
SlotSpan one(const Slot& slot) { return {&slot, 1}; }

template <class T>
Each<T> each(const T& value) {
    return {&value, 0};
}
template <class T>
Each<T> each(const char* name, const Exact<T>& values, std::size_t count) {
    if (values.ndim() == 0) return {values.data(), 0};
    if (values.ndim() != 1 || static_cast<std::size_t>(values.size()) != count)
        throw InvalidParameter(name, "an array of " + std::to_string(values.size()),
                               "a number or one number per slot (" + std::to_string(count) + ")");
    return {values.data(), 1};
}
Times times(const TimeArray& time, SlotSpan slots) { return each("time", time, slots.size()); }

Array<double> doubles(std::size_t count) { return Array<double>(static_cast<py::ssize_t>(count)); }
Array<Slot> slot_array(std::size_t count) { return Array<Slot>(static_cast<py::ssize_t>(count)); }
std::span<Slot> writable(Array<Slot>& slots) {
    return {slots.mutable_data(), static_cast<std::size_t>(slots.size())};
}

// Of arguments without a name, which pybind11 does not convert.
int as_int(const char* name, const py::handle value) {
    const py::object number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    const long out = number ? PyLong_AsLong(number.ptr()) : -1;
    if (!number || (out == -1 && PyErr_Occurred() != nullptr) || out > INT_MAX || out < INT_MIN) {
        PyErr_Clear();
        throw py::type_error(std::string(name) + " = " + std::string(py::repr(value)) +
                             " is not allowed: it must be a small integer");
    }
    return static_cast<int>(out);
}

// ---- states in ----

StatePool::Source source(const DensityMatrix& state, std::size_t count) {
    if (state.is_batch() && state.size() != count)
        throw InvalidParameter("state", "a batch of " + std::to_string(state.size()),
                               "a single state or one state per slot (" + std::to_string(count) + ")");
    return {state.data(), state.stride(), state.is_batch() ? std::size_t{1} : std::size_t{0}};
}

Rows single(DensityMatrix& target) {
    if (target.is_batch())
        throw InvalidParameter("target", "a batch of " + std::to_string(target.size()), "a single state");
    return target.rows();
}

void require_memories(std::size_t count, int num_qubits) {
    if (count != 0 && count != static_cast<std::size_t>(num_qubits))
        throw InvalidParameter("memories", std::to_string(count) + " numbers",
                               "one for each of " + std::to_string(num_qubits) + " qubits, or none");
}

py::object store_general(StatePool& pool, const DensityMatrix& state, const TimeArray& time,
                         const py::args& memories) {
    require_in_range("num_qubits", state.num_qubits(), 1, most_slot_qubits);
    require_memories(memories.size(), state.num_qubits());
    std::vector<NumberArray> arrays;
    for (const py::handle memory : memories) {
        py::detail::make_caster<NumberArray> caster;
        if (!caster.load(memory, true))
            throw py::type_error("memory = " + std::string(py::repr(memory)) +
                                 " is not allowed: it must be a number that add_memory returned");
        arrays.push_back(py::detail::cast_op<NumberArray>(caster));
    }
    bool is_many = state.is_batch() || time.ndim() > 0;
    auto count = static_cast<std::size_t>(state.is_batch() ? state.size() : time.size());
    for (const NumberArray& array : arrays)
        if (array.ndim() > 0 && !is_many) {
            is_many = true;
            count = static_cast<std::size_t>(array.size());
        }
    std::vector<Numbers> numbers;
    for (const NumberArray& array : arrays) numbers.push_back(each("memory", array, count));
    Array<Slot> slots = slot_array(count);
    pool.store(state.num_qubits(), source(state, count), each("time", time, count), numbers, writable(slots));
    return is_many ? py::object(slots) : py::object(py::int_(*slots.data()));
}

// ---- operations ----

std::array<int, most_slot_qubits> qubit_numbers(const py::args& qubits, std::size_t& count) {
    std::array<int, most_slot_qubits> out{};
    count = qubits.size();
    if (count > out.size()) throw InvalidParameter("qubits", std::to_string(count), "at most 6 in one slot");
    for (std::size_t q = 0; q < count; ++q) out[q] = as_int("qubit", qubits[q]);
    return out;
}

void apply_many(StatePool& pool, const SlotArray& slots, const TimeArray& time, const Array<double>& transfer,
                const std::vector<int>& qubits) {
    const SlotSpan span = all(slots);
    const auto side = static_cast<py::ssize_t>(power_of_four(static_cast<int>(qubits.size())));
    const py::ssize_t axis = transfer.ndim() - 2;
    const bool fits = (axis == 0 || (axis == 1 && transfer.shape(0) == slots.size())) &&
                      transfer.shape(axis) == side && transfer.shape(axis + 1) == side;
    if (!fits)
        throw InvalidParameter(
            "operation", "for " + std::to_string(transfer.shape(0)) + " states",
            "the same for all slots or one per slot (" + std::to_string(slots.size()) + ")");
    const std::size_t step = axis == 0 ? 0 : static_cast<std::size_t>(side * side);
    apply(pool, span, times(time, span), transfer.data(), step, qubits);
}

// A BilinearMap makes this of itself once.
const PoolJoin& prepared(const py::object& step) {
    static PyObject* const name = PyUnicode_InternFromString("_pool_join");
    const auto found = py::reinterpret_steal<py::object>(PyObject_GetAttr(step.ptr(), name));
    if (!found) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw py::error_already_set();
        PyErr_Clear();
        throw py::type_error("step = " + std::string(py::repr(step)) +
                             " is not allowed: it must be a BilinearMap");
    }
    if (!py::isinstance<PoolJoin>(found))
        throw py::type_error("step = " + std::string(py::repr(step)) +
                             " is not allowed: it must be a BilinearMap");
    return found.cast<const PoolJoin&>();  // the map holds it
}

int measure_one(StatePool& pool, Slot slot, double time, std::string_view pauli, const py::args& qubits,
                double p_readout_error) {
    std::size_t count = 0;
    const auto places = qubit_numbers(qubits, count);
    std::uint8_t outcome = 0;
    measure(pool, one(slot), each(time), pauli, {places.data(), count}, p_readout_error, &outcome);
    return outcome;
}

Array<std::uint8_t> measure_many(StatePool& pool, const SlotArray& slots, const TimeArray& time,
                                 std::string_view pauli, const py::args& qubits, double p_readout_error) {
    std::size_t count = 0;
    const auto places = qubit_numbers(qubits, count);
    const SlotSpan span = all(slots);
    Array<std::uint8_t> outcomes(slots.size());
    measure(pool, span, times(time, span), pauli, {places.data(), count}, p_readout_error,
            outcomes.mutable_data());
    return outcomes;
}

// ---- fast calls: one slot, plain numbers. Whatever else is given goes to the general method. ----

struct Words {
    PyObject *store, *apply, *measure, *p_readout_error;
    PyTypeObject* state;
};
Words words{};

bool read_slot(PyObject* argument, Slot& slot) {
    if (!PyLong_CheckExact(argument)) return false;
    int overflow = 0;
    slot = PyLong_AsLongLongAndOverflow(argument, &overflow);
    return overflow == 0;
}

// state, time, memories
PyObject* store_method(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    auto* pool = instance_of<StatePool>(self);
    if (pool == nullptr) return nullptr;
    double time = 0.0;
    bool plain = kwnames == nullptr && count >= 2 && PyObject_TypeCheck(args[0], words.state) != 0 &&
                 read(args[1], time);
    const auto* state = plain ? instance_of<DensityMatrix>(args[0]) : nullptr;
    if (plain && state == nullptr) return nullptr;
    plain = plain && !state->is_batch() && state->num_qubits() >= 1 &&
            state->num_qubits() <= most_slot_qubits && (count == 2 || count == 2 + state->num_qubits());
    std::array<std::int64_t, most_slot_qubits> values;
    std::array<Numbers, most_slot_qubits> numbers;
    for (Py_ssize_t q = 0; plain && q < count - 2; ++q) {
        const auto place = static_cast<std::size_t>(q);
        plain = read_slot(args[2 + q], values[place]);
        numbers[place] = each(values[place]);
    }
    if (!plain) return forward(self, words.store, args, count, kwnames);
    return guarded([&] {
        Slot slot = no_slot;
        pool->store(state->num_qubits(), source(*state, 1), each(time),
                    {numbers.data(), static_cast<std::size_t>(count - 2)}, {&slot, 1});
        return PyLong_FromLongLong(slot);
    });
}

// slot, time, name, parameters, qubits
PyObject* apply_method(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    auto* pool = instance_of<StatePool>(self);
    if (pool == nullptr) return nullptr;
    Slot slot = no_slot;
    double time = 0.0;
    bool plain = kwnames == nullptr && count > 3 && read_slot(args[0], slot) && read(args[1], time);
    const Operation* operation = plain ? interned_names().find(args[2]) : nullptr;
    if (operation == nullptr) return forward(self, words.apply, args, count, kwnames);
    std::array<double, most_parameters> parameters;
    std::array<int, most_qubits> places;
    const int num_parameters = operation->num_parameters, num_qubits = operation->num_qubits;
    plain = count == 3 + num_parameters + num_qubits;
    for (int p = 0; plain && p < num_parameters; ++p)
        plain = read(args[3 + p], parameters[static_cast<std::size_t>(p)]);
    for (int q = 0; plain && q < num_qubits; ++q)
        plain = read(args[3 + num_parameters + q], qubits_of(slot), places[static_cast<std::size_t>(q)]);
    if (!plain) return forward(self, words.apply, args, count, kwnames);
    return guarded([&] {
        apply(*pool, slot, time, *operation, parameters.data(),
              {places.data(), static_cast<std::size_t>(num_qubits)});
        return Py_NewRef(Py_None);
    });
}

// slot, time, pauli, qubits; p_readout_error
PyObject* measure_method(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames) {
    auto* pool = instance_of<StatePool>(self);
    if (pool == nullptr) return nullptr;
    Slot slot = no_slot;
    double time = 0.0, p_readout_error = 0.0;
    std::array<int, most_slot_qubits> places;
    bool plain = count > 3 && count <= 3 + most_slot_qubits && read_slot(args[0], slot) &&
                 read(args[1], time) && PyUnicode_CheckExact(args[2]) != 0;
    if (kwnames != nullptr)
        plain = plain && PyTuple_GET_SIZE(kwnames) == 1 &&
                PyTuple_GET_ITEM(kwnames, 0) == words.p_readout_error && read(args[count], p_readout_error);
    for (Py_ssize_t q = 0; plain && q < count - 3; ++q)
        plain = read(args[3 + q], qubits_of(slot), places[static_cast<std::size_t>(q)]);
    Py_ssize_t length = 0;
    const char* pauli = plain ? PyUnicode_AsUTF8AndSize(args[2], &length) : nullptr;
    if (pauli == nullptr) {
        PyErr_Clear();
        return forward(self, words.measure, args, count, kwnames);
    }
    return guarded([&] {
        std::uint8_t outcome = 0;
        measure(*pool, one(slot), each(time), {pauli, static_cast<std::size_t>(length)},
                {places.data(), static_cast<std::size_t>(count - 3)}, p_readout_error, &outcome);
        return PyLong_FromLong(outcome);
    });
}

PyMethodDef fast_methods[] = {fast_method("store", &store_method), fast_method("apply", &apply_method),
                              fast_method("measure", &measure_method)};

}  // namespace

void bind_density_pool(py::module_& m) {
    py::class_<StatePool> type(m, "StatePool");
    type.def(py::init<std::uint64_t>())
        .def(py::init([](const py::bytes& snapshot) { return load(std::string_view(snapshot)); }))
        .def("_save", [](const StatePool& pool) { return py::bytes(save(pool)); })
        .def("__len__", &StatePool::size)
        .def("__contains__", &StatePool::holds)
        .def_property_readonly("nbytes", &StatePool::bytes)
        .def("slots",
             [](const StatePool& pool) {
                 const std::vector<Slot> slots = pool.slots();
                 return Array<Slot>(static_cast<py::ssize_t>(slots.size()), slots.data());
             })
        .def("num_qubits",
             [](const StatePool& pool, Slot slot) {
                 pool.require(one(slot), 0);
                 return qubits_of(slot);
             })
        .def("_add_rates", [](StatePool& pool, double x, double y, double z,
                              double equilibrium_z) { return pool.add_memory({x, y, z, equilibrium_z}); })
        .def("_store", &store_general)
        .def("free", [](StatePool& pool, Slot slot) { pool.free(one(slot)); })
        .def("free", [](StatePool& pool, const SlotArray& slots) { pool.free(all(slots)); })
        .def("advance", [](StatePool& pool, Slot slot, double time) { pool.advance(one(slot), each(time)); })
        .def("advance",
             [](StatePool& pool, const SlotArray& slots, const TimeArray& time) {
                 const SlotSpan span = all(slots);
                 pool.advance(span, times(time, span));
             })
        .def(
            "move",
            [](StatePool& pool, Slot slot, double time, std::int64_t qubit, std::int64_t memory) {
                pool.move(one(slot), each(time), each(qubit), each(memory));
            },
            py::arg(), py::arg(), py::arg().noconvert(), py::arg().noconvert())
        .def("move",
             [](StatePool& pool, const SlotArray& slots, const TimeArray& time, const NumberArray& qubit,
                const NumberArray& memory) {
                 const SlotSpan span = all(slots);
                 pool.move(span, times(time, span), each("qubit", qubit, span.size()),
                           each("memory", memory, span.size()));
             })
        .def("replace",
             [](StatePool& pool, Slot slot, double time, const DensityMatrix& state) {
                 pool.require(one(slot), state.num_qubits());
                 pool.replace(one(slot), each(time), source(state, 1));
             })
        .def("replace",
             [](StatePool& pool, const SlotArray& slots, const TimeArray& time, const DensityMatrix& state) {
                 const SlotSpan span = all(slots);
                 pool.require(span, state.num_qubits());
                 pool.replace(span, times(time, span), source(state, span.size()));
             })
        .def("_look",
             [](StatePool& pool, const SlotArray& slots, const TimeArray& time, DensityMatrix& out) {
                 const SlotSpan span = all(slots);
                 pool.require(span, out.num_qubits());
                 if (out.size() != span.size())
                     throw std::invalid_argument("internal: no place for the states");
                 pool.look(span, times(time, span), out.data(), out.stride());
             })
        .def("age",
             [](StatePool& pool, Slot slot, double time) {
                 double out = 0.0;
                 pool.age(one(slot), each(time), &out);
                 return out;
             })
        .def("age",
             [](StatePool& pool, const SlotArray& slots, const TimeArray& time) {
                 const SlotSpan span = all(slots);
                 Array<double> out = doubles(span.size());
                 pool.age(span, times(time, span), out.mutable_data());
                 return out;
             })
        .def("clock",
             [](StatePool& pool, Slot slot) {
                 pool.require(one(slot), 0);
                 return pool.stored(slot).record->clock;
             })
        .def("clock",
             [](StatePool& pool, const SlotArray& slots) {
                 const SlotSpan span = all(slots);
                 pool.require(span, 0);
                 Array<double> out = doubles(span.size());
                 for (std::size_t i = 0; i < span.size(); ++i)
                     out.mutable_data()[i] = pool.stored(span[i]).record->clock;
                 return out;
             })
        .def("fidelity",
             [](StatePool& pool, Slot slot, double time) {
                 double out = 0.0;
                 fidelity(pool, one(slot), each(time), nullptr, &out);
                 return out;
             })
        .def("fidelity",
             [](StatePool& pool, Slot slot, double time, DensityMatrix& target) {
                 const Rows rows = single(target);
                 double out = 0.0;
                 fidelity(pool, one(slot), each(time), &rows, &out);
                 return out;
             })
        .def(
            "fidelity",
            [](StatePool& pool, const SlotArray& slots, const TimeArray& time, DensityMatrix* target) {
                const SlotSpan span = all(slots);
                Array<double> out = doubles(span.size());
                const Rows rows = target == nullptr ? Rows{} : single(*target);
                fidelity(pool, span, times(time, span), target == nullptr ? nullptr : &rows,
                         out.mutable_data());
                return out;
            },
            py::arg(), py::arg(), py::arg() = py::none())
        .def("_measure", &measure_one, py::arg("slot"), py::arg("time"), py::arg("pauli"),
             py::arg("p_readout_error") = 0.0)
        .def("_measure", &measure_many, py::arg("slots"), py::arg("time"), py::arg("pauli"),
             py::arg("p_readout_error") = 0.0)
        .def("tensor",
             [](StatePool& pool, Slot left, Slot right, double time) {
                 Slot slot = no_slot;
                 tensor(pool, one(left), one(right), each(time), &slot);
                 return slot;
             })
        .def("tensor",
             [](StatePool& pool, const SlotArray& left, const SlotArray& right, const TimeArray& time) {
                 const SlotSpan span = all(left);
                 Array<Slot> slots = slot_array(span.size());
                 tensor(pool, span, all(right), times(time, span), slots.mutable_data());
                 return slots;
             })
        .def("discard",
             [](StatePool& pool, Slot old, double time, const py::args& qubits) {
                 std::size_t count = 0;
                 const auto places = qubit_numbers(qubits, count);
                 Slot slot = no_slot;
                 discard(pool, one(old), each(time), {places.data(), count}, &slot);
                 return slot;
             })
        .def("discard",
             [](StatePool& pool, const SlotArray& old, const TimeArray& time, const py::args& qubits) {
                 std::size_t count = 0;
                 const auto places = qubit_numbers(qubits, count);
                 const SlotSpan span = all(old);
                 Array<Slot> slots = slot_array(span.size());
                 discard(pool, span, times(time, span), {places.data(), count}, slots.mutable_data());
                 return slots;
             })
        .def("join",
             [](StatePool& pool, Slot left, Slot right, double time, const py::object& step) {
                 Slot slot = no_slot;
                 prepared(step).average(pool, one(left), one(right), each(time), &slot);
                 return slot;
             })
        .def("join",
             [](StatePool& pool, const SlotArray& left, const SlotArray& right, const TimeArray& time,
                const py::object& step) {
                 const SlotSpan span = all(left);
                 Array<Slot> slots = slot_array(span.size());
                 prepared(step).average(pool, span, all(right), times(time, span), slots.mutable_data());
                 return slots;
             })
        .def("sample_join",
             [](StatePool& pool, Slot left, Slot right, double time, const py::object& step) {
                 Slot slot = no_slot;
                 std::uint8_t outcome = 0;
                 prepared(step).sample(pool, one(left), one(right), each(time), &slot, &outcome);
                 return std::pair(slot, outcome);
             })
        .def("sample_join",
             [](StatePool& pool, const SlotArray& left, const SlotArray& right, const TimeArray& time,
                const py::object& step) {
                 const SlotSpan span = all(left);
                 Array<Slot> slots = slot_array(span.size());
                 Array<std::uint8_t> outcomes(left.size());
                 prepared(step).sample(pool, span, all(right), times(time, span), slots.mutable_data(),
                                       outcomes.mutable_data());
                 return std::pair(slots, outcomes);
             })
        .def("_apply_transfer", &apply_many);

    words = {PyUnicode_InternFromString("_store"), PyUnicode_InternFromString("_apply"),
             PyUnicode_InternFromString("_measure"), PyUnicode_InternFromString("p_readout_error"),
             reinterpret_cast<PyTypeObject*>(m.attr("DensityMatrix").ptr())};
    for (PyMethodDef& method : fast_methods) add_method(type, method);

    py::class_<PoolJoin>(m, "PoolJoin")
        .def(py::init([](const std::shared_ptr<BilinearTable>& table,
                         const std::vector<std::uint8_t>& accepted,
                         const std::vector<int>& kept) { return PoolJoin(table, accepted, kept); }));
}

}  // namespace ebit::python
