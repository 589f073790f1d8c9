# scanline_library(NAME): makes the library scanline_NAME known as scanline::NAME, in this build and
# to those who find the installed package.
function(scanline_library name)
  add_library(scanline::${name} ALIAS scanline_${name})
  scanline_target(scanline_${name})
  set_target_properties(scanline_${name} PROPERTIES
    EXPORT_NAME ${name}
    VERSION ${PROJECT_VERSION}
    # Before 1.0 each minor version may change what others were compiled against.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  )
endfunction()
