// One file per room binds its functions into _core; arguments arrive checked for type, and the
// library checks them for range. Nothing is computed here.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace ebit {
class BilinearTable;
class DensityMatrix;
class Pipeline;
class PoolJoin;
class Program;
class StatePool;
}  // namespace ebit

namespace ebit::python {

namespace py = pybind11;

// The value in an object of a class of T, whose type was checked. An object that was made by __new__ alone
// has none (pybind11 would make one up): then an error is set.
template <class T>
T* instance_of(PyObject* object) {
    auto* instance = reinterpret_cast<py::detail::instance*>(object);
    if (instance->simple_layout) {
        if (instance->simple_holder_constructed) return static_cast<T*>(instance->simple_value_holder[0]);
    } else {  // of several classes at once
        const auto held = instance->get_value_and_holder(py::detail::get_type_info(typeid(T)), false);
        if (held.inst != nullptr && held.holder_constructed()) return held.template value_ptr<T>();
    }
    PyErr_SetString(PyExc_TypeError, "the object was never initialised");
    return nullptr;
}

template <class T>
inline constexpr bool is_state_or_map =
    std::is_same_v<T, BilinearTable> || std::is_same_v<T, DensityMatrix> || std::is_same_v<T, Pipeline> ||
    std::is_same_v<T, PoolJoin> || std::is_same_v<T, Program> || std::is_same_v<T, StatePool>;

}  // namespace ebit::python

template <class T>
class pybind11::detail::type_caster<T, std::enable_if_t<ebit::python::is_state_or_map<T>>>
    : public type_caster_base<T> {
  public:
    bool load(handle source, bool convert) {
        if (!type_caster_base<T>::load(source, convert)) return false;
        if (this->value != nullptr && ebit::python::instance_of<T>(source.ptr()) == nullptr)
            throw error_already_set();
        return true;
    }
};

namespace ebit::python {

// C-contiguous input: other layouts and types are converted by the Python layer, not here.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

// How one parameter of a scalar function is read from, or its result written to, an array whose
// first axis runs over the elements of a batch: a number takes shape (n,), an array (n, N).
template <class T>
struct Column {
    static_assert(std::is_same_v<T, double>);
    static constexpr py::ssize_t width = 1;
    static double read(const double* p) { return *p; }
    static void write(double* p, double value) { *p = value; }
};
template <std::size_t N>
struct Column<std::array<double, N>> {
    static constexpr py::ssize_t width = N;
    static std::array<double, N> read(const double* p) {
        std::array<double, N> value;
        std::memcpy(value.data(), p, sizeof value);
        return value;
    }
    static void write(double* p, const std::array<double, N>& value) {
        std::memcpy(p, value.data(), sizeof value);
    }
};

// What consists of doubles only travels as one row of them.
template <class T>
struct Row {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(double) == 0);
    static constexpr py::ssize_t width = sizeof(T) / sizeof(double);
    static T read(const double* p) {
        T value;
        std::memcpy(static_cast<void*>(&value), p, sizeof value);
        return value;
    }
    static void write(double* p, const T& value) { std::memcpy(p, &value, sizeof value); }
};

template <class Arg>
py::ssize_t batch_size(const Array<double>& array) {
    const py::ssize_t width = Column<Arg>::width;
    const bool fits = width == 1 ? array.ndim() == 1 : array.ndim() == 2 && array.shape(1) == width;
    if (!fits) throw std::invalid_argument("internal: an argument has not the shape of its parameter");
    return array.shape(0);
}

template <class... Args>
py::ssize_t common_batch_size(const std::conditional_t<true, Array<double>, Args>&... arrays) {
    const std::array<py::ssize_t, sizeof...(Args)> sizes{batch_size<std::remove_cvref_t<Args>>(arrays)...};
    for (const py::ssize_t size : sizes)
        if (size != sizes[0]) throw std::invalid_argument("internal: arguments differ in batch size");
    return sizes[0];
}

// Binds a scalar function to arrays: element i of the result is f(element i of every argument).
template <class Result, class... Args>
auto per_element(Result (*f)(Args...)) {
    return [f](const std::conditional_t<true, Array<double>, Args>&... arrays) {
        const py::ssize_t n = common_batch_size<Args...>(arrays...);
        constexpr py::ssize_t width = Column<Result>::width;
        Array<double> out(width == 1 ? py::array::ShapeContainer{n} : py::array::ShapeContainer{n, width});
        double* result = out.mutable_data();
        [&](const auto*... data) {
            const py::gil_scoped_release release;
            for (py::ssize_t i = 0; i < n; ++i)
                Column<Result>::write(result + i * width,
                                      f(Column<std::remove_cvref_t<Args>>::read(
                                          data + i * Column<std::remove_cvref_t<Args>>::width)...));
        }(arrays.data()...);
        return out;
    };
}

// The same for a check that throws where an element is not allowed.
template <class... Args>
auto per_element(void (*check)(Args...)) {
    return [check](const std::conditional_t<true, Array<double>, Args>&... arrays) {
        const py::ssize_t n = common_batch_size<Args...>(arrays...);
        [&](const auto*... data) {
            const py::gil_scoped_release release;
            for (py::ssize_t i = 0; i < n; ++i)
                check(Column<std::remove_cvref_t<Args>>::read(
                    data + i * Column<std::remove_cvref_t<Args>>::width)...);
        }(arrays.data()...);
    };
}

void bind_base(py::module_& m);
void bind_rng(py::module_& m);
void bind_channel(py::module_& m);
void bind_state(py::module_& m);
void bind_density(py::module_& m);
void bind_density_apply(py::module_& m);
void bind_density_program(py::module_& m);
void bind_density_measure(py::module_& m);
void bind_density_convert(py::module_& m);
void bind_density_pool(py::module_& m);
void bind_density_pipeline(py::module_& m);
void bind_link(py::module_& m);
void bind_chain(py::module_& m);

}  // namespace ebit::python
