# embed_files(OUT globs...): compiles data files into the program. OUT becomes the path of a generated source that
# defines the table of base/embedded.h; it is made anew whenever a file changes.
function(embed_files out)
    file(GLOB files CONFIGURE_DEPENDS ${ARGN})
    set(generated ${CMAKE_BINARY_DIR}/embedded_data.cpp)
    add_custom_command(
        OUTPUT ${generated}
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${generated} "-DFILES=${files}" -DROOT=${CMAKE_SOURCE_DIR}
                -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        VERBATIM)
    set(${out} ${generated} PARENT_SCOPE)
endfunction()
