// For methods that take their arguments straight from the interpreter's vector, where pybind11's own
// dispatch would cost more than the work.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bindings.hpp"
#include "ebit/density/operation.hpp"

namespace ebit::python {

using Arguments = PyObject* const*;

inline constexpr int most_parameters = 15, most_qubits = 3;

// Names of operations by address: Python interns the literals of a program, so that the same name is the
// same object. Filled once and never changed; holds its strings for ever.
class InternedNames {
  public:
    InternedNames() {
        for (const Operation& known : operations()) {
            PyObject* name =
                PyUnicode_FromStringAndSize(known.name.data(), static_cast<py::ssize_t>(known.name.size()));
            PyUnicode_InternInPlace(&name);
            std::size_t place = hash(name);
            while (slots_[place].name != nullptr) place = (place + 1) % slots_.size();
            slots_[place] = {name, &known};
        }
    }
    const Operation* find(PyObject* name) const {
        std::size_t place = hash(name);
        while (slots_[place].name != nullptr) {
            if (slots_[place].name == name) return slots_[place].operation;
            place = (place + 1) % slots_.size();
        }
        return nullptr;
    }

  private:
    struct Slot {
        PyObject* name = nullptr;
        const Operation* operation = nullptr;
    };
    std::size_t hash(PyObject* name) const {
        return (reinterpret_cast<std::uintptr_t>(name) >> 4) * 0x9e3779b97f4a7c15u >> 55;
    }
    std::array<Slot, 512> slots_{};
};

inline const InternedNames& interned_names() {
    static const InternedNames names;
    return names;
}

// Never null for an object that was made by its constructor; a method descriptor has checked the type.
template <class T>
T* instance_of(PyObject* self) {
    auto* instance = reinterpret_cast<py::detail::instance*>(self);
    void* value = instance->simple_layout ? instance->simple_value_holder[0]
                                          : instance->nonsimple.values_and_holders[0];
    if (value == nullptr) PyErr_SetString(PyExc_TypeError, "the object was never initialised");
    return static_cast<T*>(value);
}

// Each says whether the argument is a plain number that fits.
inline bool read(PyObject* argument, double& number) {
    if (PyFloat_Check(argument)) {
        number = PyFloat_AS_DOUBLE(argument);
        return true;
    }
    if (!PyLong_CheckExact(argument)) return false;
    number = PyLong_AsDouble(argument);
    if (number != -1.0 || !PyErr_Occurred()) return true;
    PyErr_Clear();
    return false;
}

inline bool read(PyObject* argument, int num_qubits, int& qubit) {
    if (!PyLong_CheckExact(argument)) return false;
    int overflow = 0;
    const long place = PyLong_AsLongAndOverflow(argument, &overflow);
    qubit = static_cast<int>(place);
    return overflow == 0 && place >= 0 && place < num_qubits;
}

inline bool differ(std::span<const int> qubits) {
    for (std::size_t i = 0; i < qubits.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (qubits[i] == qubits[j]) return false;
    return true;
}

}  // namespace ebit::python
