#include "bindings.hpp"

#include <algorithm>
#include <array>

#include "ebit/base/isa.hpp"
#include "ebit/base/math.hpp"
#include "ebit/base/version.hpp"

namespace ebit::python {

void bind_base(py::module_& m) {
    m.def("version", &version);
    // exp(-x) for x >= 0.
    m.def("exp_negative", [](const Array<double>& x) {
        Array<double> out(x.size());
        const auto count = static_cast<std::size_t>(x.size()), whole = count / 8 * 8;
        math_kernels().exp_negative(x.data(), out.mutable_data(), whole);
        std::array<double, 8> rest{};
        std::copy(x.data() + whole, x.data() + count, rest.begin());
        math_kernels().exp_negative(rest.data(), rest.data(), 8);
        std::copy_n(rest.begin(), count - whole, out.mutable_data() + whole);
        return out;
    });
    m.def("isa", [] { return isa_name(active_isa()); });
}

}  // namespace ebit::python
