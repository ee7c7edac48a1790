// Run-time choice of the instruction set. Kernel sources (*.isa.cpp) are compiled once per level,
// each copy in its own namespace, into a table of function pointers; a room picks its table once.
//
// EBIT_ISA = v2 | v3 | v4 in the environment can lower the level, never raise it. Off x86-64 there
// is one level, called v2. Another value of EBIT_ISA is refused (InvalidParameter).
#pragma once

namespace ebit {

enum class Isa { v2, v3, v4 };  // SSE4.2; AVX2; AVX-512 with VPOPCNTDQ

// The level in use, decided at the first call.
Isa active_isa();
const char* isa_name(Isa isa);

template <class Table>
const Table& pick(const Table& v2, const Table& v3, const Table& v4) {
    switch (active_isa()) {
        case Isa::v4:
            return v4;
        case Isa::v3:
            return v3;
        default:
            return v2;
    }
}

}  // namespace ebit

// Declares the tables that the copies of a kernel source define, and `const Type& accessor()`.
#if defined(EBIT_ISA_X86)
#define EBIT_KERNEL_TABLE(Type, table, accessor)                                       \
    namespace ebit::isa_v2 {                                                           \
    extern const Type table;                                                           \
    }                                                                                  \
    namespace ebit::isa_v3 {                                                           \
    extern const Type table;                                                           \
    }                                                                                  \
    namespace ebit::isa_v4 {                                                           \
    extern const Type table;                                                           \
    }                                                                                  \
    const ebit::Type& ebit::accessor() {                                               \
        static const Type& chosen = pick(isa_v2::table, isa_v3::table, isa_v4::table); \
        return chosen;                                                                 \
    }
#else
#define EBIT_KERNEL_TABLE(Type, table, accessor) \
    namespace ebit::isa_v2 {                     \
    extern const Type table;                     \
    }                                            \
    const ebit::Type& ebit::accessor() { return isa_v2::table; }
#endif
