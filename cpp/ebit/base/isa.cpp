#include "ebit/base/isa.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

Isa best_isa() {
#if defined(EBIT_ISA_X86)
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq");
    return v4 ? Isa::v4 : v3 ? Isa::v3 : Isa::v2;
#else
    return Isa::v2;
#endif
}

Isa choose() {
    const char* wanted = std::getenv("EBIT_ISA");
    if (wanted == nullptr || *wanted == '\0') return best_isa();
    for (const Isa isa : {Isa::v2, Isa::v3, Isa::v4})
        if (isa_name(isa) == std::string_view(wanted)) return std::min(isa, best_isa());
    throw InvalidParameter("EBIT_ISA", wanted, "v2, v3 or v4");
}

}  // namespace

Isa active_isa() {
    static const Isa isa = choose();
    return isa;
}

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::v4:
            return "v4";
        case Isa::v3:
            return "v3";
        default:
            return "v2";
    }
}

}  // namespace ebit
