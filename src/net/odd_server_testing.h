// OddServer: the servers of tests/net/server.py, running for as long as the object lives.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace salvor::net {

class OddServer {
 public:
  OddServer();
  OddServer(const OddServer&) = delete;
  OddServer& operator=(const OddServer&) = delete;
  ~OddServer();

  std::uint16_t port(const std::string& name) const { return ports_.at(name); }
  // "https://127.0.0.1:PORT" for a listener of that name, http for "plain" and "garbage".
  std::string url(const std::string& name) const;
  // The text of a PEM file that the script names.
  std::string file(const std::string& name) const;
  std::string path(const std::string& name) const { return files_.at(name); }

 private:
  std::string directory_;
  int to_child_ = -1;
  int from_child_ = -1;
  int child_ = -1;
  std::map<std::string, std::uint16_t> ports_;
  std::map<std::string, std::string> files_;
};

// A loopback port on which nothing listens.
std::uint16_t refused_port();

}  // namespace salvor::net
