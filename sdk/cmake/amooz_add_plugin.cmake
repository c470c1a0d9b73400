# amooz_add_plugin(NAME SOURCE...): a shared library NAME.so that exports the entry symbol alone.
set(AMOOZ_SDK_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR} CACHE INTERNAL "Where amooz_plugin.ld lies")

function(amooz_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE amooz::sdk)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE -fvisibility=hidden -fvisibility-inlines-hidden
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,--version-script=${AMOOZ_SDK_CMAKE_DIR}/amooz_plugin.ld -Wl,-z,defs -Wl,-z,now)
  set_target_properties(${name} PROPERTIES PREFIX "" NO_SONAME ON LINK_DEPENDS ${AMOOZ_SDK_CMAKE_DIR}/amooz_plugin.ld)
endfunction()
