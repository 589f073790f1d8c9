# The target doc: the interface of the libraries as HTML, in doc/html of the build directory.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  configure_file("${PROJECT_SOURCE_DIR}/docs/Doxyfile.in" Doxyfile @ONLY)
  add_custom_target(doc
    COMMAND ${CMAKE_COMMAND} -E make_directory doc
    COMMAND Doxygen::doxygen Doxyfile
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
  )
endif()
