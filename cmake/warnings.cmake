# scanline_target(TARGET): what every target of our own is compiled with. None of it is passed on
# to those who link to the target, but for the language standard.
function(scanline_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  # Nobody asks for errno behind std::sqrt, and loops with one become vector instructions without it.
  target_compile_options(${target} PRIVATE -fno-math-errno)
  if(SCANLINE_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
    # GCC 12 sees overflows in fmt 9, and in the concatenation of strings, that are not there
    # (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105329 and 105651).
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} PRIVATE -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
    endif()
  endif()
endfunction()
