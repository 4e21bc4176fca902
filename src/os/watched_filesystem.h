// SilenceWatch: tells when calls to a file system do not come back.
//
// A network mount whose server is gone does not fail: calls hang in the kernel until the server returns or the process
// ends, and nothing else can end them. So that nobody stares at a silent program, calls are noted while they are under
// way, and whoever calls look() now and then has those reported that take longer than `patience`: first when they do,
// then whenever their age has doubled.
//
// Noting a call costs some 100 ns. Thread-safe; look() runs the report on its caller's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "os/filesystem.h"

namespace salvor::os {

struct Silence {
  std::string call, path;  // "sync", "backups/nightly/nightly.tar.gz"
  Duration lasting{};
};

class SilenceWatch {
 public:
  SilenceWatch(Clock& clock, Duration patience, std::function<void(const Silence&)> report);

  // A call under way, from construction to destruction.
  class Call {
   public:
    Call(SilenceWatch& watch, std::string_view name, std::string path);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call();

   private:
    SilenceWatch& watch_;
    std::uint64_t number_;
  };

  void look();
  Duration patience() const { return patience_; }

 private:
  struct Pending {
    std::string_view name;
    std::string path;
    Duration begun{}, report_at{};
  };
  struct State {
    std::uint64_t next = 0;
    std::map<std::uint64_t, Pending> pending;
  };

  Clock& clock_;
  const Duration patience_;
  const std::function<void(const Silence&)> report_;
  Guarded<State> state_;
};

// Any FileSystem whose calls `watch` notes. `watch` must outlive it and its files.
std::unique_ptr<FileSystem> make_watched(std::unique_ptr<FileSystem> inner, SilenceWatch& watch);

}  // namespace salvor::os
