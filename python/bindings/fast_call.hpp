// For methods that take their arguments straight from the interpreter's vector, where pybind11's own
// dispatch would cost more than the work.
#pragma once

#include <array>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>

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

using FastMethod = PyObject* (*)(PyObject* self, Arguments args, Py_ssize_t count, PyObject* kwnames);

// Must live as long as the type that it is added to.
inline PyMethodDef fast_method(const char* name, FastMethod method) {
    return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(method)),
            METH_FASTCALL | METH_KEYWORDS, nullptr};
}
inline void add_method(const py::object& type, PyMethodDef& method) {
    type.attr(method.ml_name) = py::reinterpret_steal<py::object>(
        PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &method));
}

// self.<name>(the same arguments)
inline PyObject* forward(PyObject* self, PyObject* name, Arguments args, Py_ssize_t count,
                         PyObject* kwnames) {
    const auto method = py::reinterpret_steal<py::object>(PyObject_GetAttr(self, name));
    return method ? PyObject_Vectorcall(method.ptr(), args, static_cast<std::size_t>(count), kwnames)
                  : nullptr;
}

// Returns what work does; errors of the library become Python's.
template <class Work>
PyObject* guarded(Work work) {
    try {
        return work();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const py::builtin_exception& error) {
        error.set_error();
    } catch (const std::invalid_argument& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
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
