# cmake -DSOURCES="a;b;..." -DOUTPUT=build_id.cc -P build_id.cmake: writes BuildId() (build_id.h).
set(all "")
foreach(source IN LISTS SOURCES)
  file(SHA256 ${source} digest)
  string(APPEND all ${digest})
endforeach()
string(SHA256 id "${all}")
string(SUBSTRING ${id} 0 16 id)
file(WRITE ${OUTPUT} "#include \"sdk/host/build_id.h\"

namespace amooz::host {
std::string_view BuildId() { return \"${id}\"; }
}  // namespace amooz::host
")
