# Headers, library and CMake package for C++ users: find_package(ebit), then link ebit::ebit.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(EBIT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ebit)
if(SKBUILD)
  # In a wheel all of it lives inside the Python package, where find_package finds it with the
  # site-packages directory, or the package itself, as prefix.
  set(CMAKE_INSTALL_LIBDIR lib)
  set(EBIT_PACKAGE_DIR cmake)
endif()

install(TARGETS ebit EXPORT ebitTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY cpp/ebit DESTINATION include FILES_MATCHING PATTERN "*.hpp" PATTERN "*.isa.hpp" EXCLUDE)
install(EXPORT ebitTargets NAMESPACE ebit:: DESTINATION ${EBIT_PACKAGE_DIR})
configure_package_config_file(cmake/ebitConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/ebitConfig.cmake
                              INSTALL_DESTINATION ${EBIT_PACKAGE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ebitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ebitConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/ebitConfigVersion.cmake
        DESTINATION ${EBIT_PACKAGE_DIR})
