# Injected by the wheel build, before anything else of CMakeLists.txt; a colcon build never reads it.
#
# The ROS wheels were built elsewhere, and their Python generator targets still name include folders of that machine.
# CMake stops at an include folder that does not exist, so once the interfaces are declared such folders are taken
# out of every imported target that has them.

function(drop_absent_include_folders)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  list(FILTER targets INCLUDE REGEX "__rosidl_generator_py$")
  foreach(target IN LISTS targets)
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    set(present "")
    foreach(folder IN LISTS folders)
      # A generator expression ($<...>) is only known later; it stays.
      if(folder MATCHES "^\\$<" OR IS_DIRECTORY "${folder}")
        list(APPEND present "${folder}")
      endif()
    endforeach()
    set_property(TARGET ${target} PROPERTY INTERFACE_INCLUDE_DIRECTORIES "${present}")
  endforeach()
endfunction()

cmake_language(DEFER CALL drop_absent_include_folders)
