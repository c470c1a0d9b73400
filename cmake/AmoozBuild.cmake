# What every target of ours shares: the language, the warnings, the sanitizers, and where things are put.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# The build tree has the installed shape, so that a binary finds its neighbours the same way in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(AMOOZ_LIBEXEC_DIR ${CMAKE_BINARY_DIR}/libexec)
set(AMOOZ_PLUGIN_DIR ${CMAKE_BINARY_DIR}/lib/amooz/plugins)
set(AMOOZ_TEST_BIN_DIR ${CMAKE_BINARY_DIR}/tests/bin)

find_program(AMOOZ_CCACHE ccache)
if(AMOOZ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${AMOOZ_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${AMOOZ_CCACHE})
endif()

if(AMOOZ_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Its runtime as a library of its own: a plugin leaves no symbol undefined, and shares the program's.
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-runtime-dir OUTPUT_VARIABLE runtime_dir
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    add_link_options(-shared-libsan -Wl,-rpath,${runtime_dir})
  endif()
elseif(AMOOZ_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(AMOOZ_SANITIZE)
  message(FATAL_ERROR "AMOOZ_SANITIZE is '${AMOOZ_SANITIZE}': use address, thread, or leave it empty")
endif()

# Link this to every target of our own: includes are written from the repository's root ("sdk/base/status.h").
add_library(amooz_build INTERFACE)
target_include_directories(amooz_build INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(amooz_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
if(AMOOZ_FAILPOINTS)
  target_compile_definitions(amooz_build INTERFACE AMOOZ_FAILPOINTS=1)
endif()

# What ThreadSanitizer looks at: whatever has threads of its own and needs no gRPC (Debian's is not built for it).
set(AMOOZ_TSAN_NAMES sdk_base_test sdk_host_test sdk_host_parts_test core_store_test core_ingest_test core_cycle_test
                     chat_spool_test chat_version_manager_test)

# amooz_library(NAME SOURCES a.cc ... LIBS x ...): a static library with our warnings.
function(amooz_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC amooz_build ${ARG_LIBS})
endfunction()

# amooz_test(NAME SOURCES a_test.cc ... LIBS x ... [LABELS l ...] [TIMEOUT s] [SHARED filter] [PYTHON filter]
# [RACES filter]): a GoogleTest binary and its ctest entry. Tests that match a filter may be skipped: those of SHARED
# read the data of AMOOZ_SHARED, those of PYTHON ask a python3 of one version. They have an entry of their own,
# NAME_shared or NAME_python (NAME if the filter is *), that is reported as skipped where there is none. Those of RACES
# race on purpose and are left out under ThreadSanitizer.
function(amooz_test name)
  if(NOT AMOOZ_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT;SHARED;PYTHON;RACES" "SOURCES;LIBS;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${AMOOZ_TEST_BIN_DIR})
  target_link_libraries(${name} PRIVATE amooz_build ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  set_property(GLOBAL APPEND PROPERTY AMOOZ_ASAN_TESTS ${name})
  set(labels unit asan ${ARG_LABELS})
  if(name IN_LIST AMOOZ_TSAN_NAMES)
    list(APPEND labels tsan)
    set_property(GLOBAL APPEND PROPERTY AMOOZ_TSAN_TESTS ${name})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  # A folder of its own for what tests write under fixed names.
  set(scratch ${CMAKE_BINARY_DIR}/tests/tmp/${name})
  file(MAKE_DIRECTORY ${scratch})
  set(environment "AMOOZ_BUILD_DIR=${CMAKE_BINARY_DIR};AMOOZ_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
      "AMOOZ_PLUGIN_HOST=${AMOOZ_LIBEXEC_DIR}/amooz-plugin-host" "TEST_TMPDIR=${scratch}"
      "AMOOZ_CONNECT_SECONDS=0")
  if(AMOOZ_SANITIZE STREQUAL "thread")
    # A race in amooz-plugin-host must end it: what it prints goes into a pipe.
    list(APPEND environment "TSAN_OPTIONS=halt_on_error=1")
  endif()
  set(entries)
  if(NOT "${ARG_SHARED}" STREQUAL "*")
    add_test(NAME ${name} COMMAND ${name})
    list(APPEND entries ${name})
    set(left_out ${ARG_SHARED} ${ARG_PYTHON})
    if(AMOOZ_SANITIZE STREQUAL "thread")
      list(APPEND left_out ${ARG_RACES})
    endif()
    list(JOIN left_out ":" left_out)
    set(filter_of_${name} "*-${left_out}")
  endif()
  foreach(need SHARED PYTHON)
    if(ARG_${need})
      string(TOLOWER ${name}_${need} entry)
      if(NOT entries)
        set(entry ${name})
      endif()
      add_test(NAME ${entry} COMMAND ${PROJECT_SOURCE_DIR}/tests/skip_if_skipped.sh $<TARGET_FILE:${name}>)
      list(APPEND entries ${entry})
      set(filter_of_${entry} "${ARG_${need}}")
    endif()
  endforeach()
  foreach(entry ${entries})
    set_tests_properties(${entry} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${labels}" SKIP_RETURN_CODE 77
      ENVIRONMENT "${environment};GTEST_FILTER=${filter_of_${entry}}")
  endforeach()
endfunction()
