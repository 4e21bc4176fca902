#include "net/odd_server_testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/check.h"
#include "base/source_directory_testing.h"
#include "codec/json.h"

extern char** environ;

namespace salvor::net {

OddServer::OddServer() {
  char name[] = "/tmp/salvor-odd-server-XXXXXX";
  CHECK(mkdtemp(name) != nullptr);
  directory_ = name;
  int in[2], out[2];
  CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_addchdir_np(&actions, source_directory().c_str());
  const char* argv[] = {"python3", "-B", "-m", "tests.net.server", directory_.c_str(), nullptr};
  CHECK(posix_spawnp(&child_, "python3", &actions, nullptr, const_cast<char**>(argv), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_child_ = in[1];
  from_child_ = out[0];
  std::string line;
  for (char c; read(from_child_, &c, 1) == 1 && c != '\n';) line += c;
  const Json answer = Json::parse(line);
  answer.at("ports").get_to(ports_);
  answer.at("files").get_to(files_);
}

OddServer::~OddServer() {
  close(to_child_);  // the script ends at the end of its input
  close(from_child_);
  waitpid(child_, nullptr, 0);
  std::filesystem::remove_all(directory_);
}

std::string OddServer::url(const std::string& name) const {
  const bool is_plain = name == "plain" || name == "garbage";
  return (is_plain ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(port(name));
}

std::string OddServer::file(const std::string& name) const {
  std::stringstream text;
  text << std::ifstream(path(name)).rdbuf();
  return text.str();
}

std::uint16_t refused_port() {
  const int socket_number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(socket_number >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(socket_number, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  getsockname(socket_number, reinterpret_cast<sockaddr*>(&address), &size);
  close(socket_number);
  return ntohs(address.sin_port);
}

}  // namespace salvor::net
