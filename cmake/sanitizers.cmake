if(SCANLINE_SANITIZE)
  add_compile_options(-fsanitize=${SCANLINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SCANLINE_SANITIZE})
endif()
