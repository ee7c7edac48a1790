#include "ebit/base/isa.hpp"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

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
    const Isa best = best_isa();
    if (const char* wanted = std::getenv("EBIT_ISA")) {
        for (const Isa isa : {Isa::v2, Isa::v3})
            if (std::strcmp(wanted, isa_name(isa)) == 0 && isa < best) return isa;
    }
    return best;
}

}  // namespace

Isa active_isa() {
    static const Isa isa = choose();
    return isa;
}

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::v4: return "v4";
        case Isa::v3: return "v3";
        default: return "v2";
    }
}

}  // namespace ebit
