# What `cmake --install` puts where. Completions and man pages are written by the program itself, from its own table of
# commands, into share/ of the build directory.
include(GNUInstallDirs)

set(share ${CMAKE_BINARY_DIR}/share)
add_custom_command(
  OUTPUT ${share}/written
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${share}/man1 ${share}/bash ${share}/zsh ${share}/fish
  COMMAND salvor man --directory ${share}/man1
  COMMAND salvor completion bash > ${share}/bash/salvor
  COMMAND salvor completion zsh > ${share}/zsh/_salvor
  COMMAND salvor completion fish > ${share}/fish/salvor.fish
  COMMAND ${CMAKE_COMMAND} -E touch ${share}/written
  DEPENDS salvor
  COMMENT "Writing man pages and completions"
  VERBATIM)
add_custom_target(salvor_share ALL DEPENDS ${share}/written)

install(TARGETS salvor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${share}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${share}/bash/salvor DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${share}/zsh/_salvor DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${share}/fish/salvor.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
