# Compiles kernel sources (*.isa.cpp) once per instruction set. Each copy lives in its own
# namespace EBIT_ISA and sees its own vector width; base/isa.hpp picks one table at run time.
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("
#if !defined(__x86_64__)
#error not x86-64
#endif
int main() { return 0; }" EBIT_X86_64)

function(_ebit_kernel_variant target name width flags sources)
  if(NOT sources)
    return()
  endif()
  add_library(${target}_${name} OBJECT ${sources})
  target_include_directories(${target}_${name} PRIVATE ${PROJECT_SOURCE_DIR}/cpp)
  target_link_libraries(${target}_${name} PRIVATE ebit_options)
  # -Wno-psabi: vector types never cross a function that is not inlined.
  target_compile_options(${target}_${name} PRIVATE ${flags} -O3 -fno-math-errno -fno-trapping-math
                         -fno-exceptions -Wno-psabi)
  target_compile_definitions(${target}_${name} PRIVATE EBIT_ISA=isa_${name} EBIT_VECTOR_BYTES=${width})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${name}>)
endfunction()

function(ebit_add_kernels target sources)
  if(EBIT_X86_64 AND NOT EBIT_SINGLE_ISA)
    _ebit_kernel_variant(${target} v2 16 "-march=x86-64-v2" "${sources}")
    # Only features that base/isa.cpp asks the CPU for.
    set(v3_flags -march=x86-64-v2 -mavx2 -mfma -mbmi -mbmi2)
    set(v4_flags ${v3_flags} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mavx512vpopcntdq
        -mprefer-vector-width=512)
    _ebit_kernel_variant(${target} v3 32 "${v3_flags}" "${sources}")
    _ebit_kernel_variant(${target} v4 64 "${v4_flags}" "${sources}")
    target_compile_definitions(${target} PRIVATE EBIT_ISA_X86)
  else()
    _ebit_kernel_variant(${target} v2 16 "" "${sources}")
  endif()
endfunction()
