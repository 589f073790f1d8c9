# The installed package: program, libraries, headers, and the files that find_package(scanline) reads.
# Wherever the prefix is moved to, all of it finds each other.
include(CMakePackageConfigHelpers)

set(libraries scanline_c scanline_framework scanline_dist scanline_models scanline_datasets
  scanline_export scanline_predict scanline_train)
if(SCANLINE_ONNX)
  list(APPEND libraries scanline_onnx)
endif()
if(BUILD_SHARED_LIBS)
  file(RELATIVE_PATH bin_to_lib "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(${libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
  set_target_properties(scanline PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
endif()
install(TARGETS scanline)
install(TARGETS ${libraries} EXPORT scanlineTargets)

# Left out are the inner loops, and headers that show a library which only the sources use.
install(DIRECTORY framework models datasets export predict train
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scanline
  FILES_MATCHING PATTERN "*.hpp" PATTERN detail EXCLUDE PATTERN web EXCLUDE
)
install(FILES include/scanline/scanline.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scanline)
install(FILES predict/scanline.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/scanline)
configure_package_config_file(cmake/scanlineConfig.cmake.in scanlineConfig.cmake
  INSTALL_DESTINATION ${package_directory}
  NO_SET_AND_CHECK_MACRO
)
write_basic_package_version_file(scanlineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT scanlineTargets NAMESPACE scanline:: DESTINATION ${package_directory})
install(
  FILES "${PROJECT_BINARY_DIR}/scanlineConfig.cmake" "${PROJECT_BINARY_DIR}/scanlineConfigVersion.cmake"
  DESTINATION ${package_directory}
)

# The C interface is found by pkg-config, too.
set(pkgconfig_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH prefix_from_pkgconfig "/prefix/${pkgconfig_directory}" /prefix)
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig "${prefix_from_pkgconfig}")
configure_file(cmake/scanline.pc.in scanline.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/scanline.pc" DESTINATION "${pkgconfig_directory}")

# One Debian package of all that: cpack -G DEB.
if(SCANLINE_TOP_LEVEL)
  set(CPACK_PACKAGE_CONTACT "The scanline authors")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION science)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  # For those who build on the libraries.
  if(SCANLINE_WEB)
    set(web_packages "libcpp-httplib-dev, ")
  endif()
  if(SCANLINE_ONNX)
    set(onnx_packages "libonnx-dev, libprotobuf-dev, ")
  endif()
  if(SCANLINE_MPI)
    set(mpi_packages "libopenmpi-dev, openmpi-bin, ")
  endif()
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libcairo2-dev, ${web_packages}libexif-dev, libfmt-dev, \
libminizip-dev, ${onnx_packages}${mpi_packages}libopenblas-dev, libxtensor-dev, nlohmann-json3-dev, pkg-config, \
zlib1g-dev")
  include(CPack)
endif()
