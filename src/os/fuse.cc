#include "os/fuse.h"

#define FUSE_USE_VERSION 34
#include <dlfcn.h>
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/task_group.h"
#include "os/fd.h"
#include "os/file_error.h"

namespace salvor::os {

namespace {

constexpr const char* kFuseLibrary = "libfuse3.so.3";
constexpr double kForEver = 86'400;  // seconds that the kernel may keep what it was told: nothing changes
constexpr std::size_t kMostRead = 1 << 20;

struct FuseFunctions {
  decltype(&::fuse_session_new) session_new;
  decltype(&::fuse_session_mount) session_mount;
  decltype(&::fuse_session_unmount) session_unmount;
  decltype(&::fuse_session_destroy) session_destroy;
  decltype(&::fuse_session_exited) session_exited;
  decltype(&::fuse_session_fd) session_fd;
  decltype(&::fuse_session_receive_buf) receive;
  decltype(&::fuse_session_process_buf) process;
  decltype(&::fuse_req_userdata) userdata;
  decltype(&::fuse_reply_err) reply_err;
  decltype(&::fuse_reply_entry) reply_entry;
  decltype(&::fuse_reply_attr) reply_attr;
  decltype(&::fuse_reply_readlink) reply_readlink;
  decltype(&::fuse_reply_open) reply_open;
  decltype(&::fuse_reply_buf) reply_buf;
  decltype(&::fuse_add_direntry) add_direntry;
  decltype(&::fuse_add_direntry_plus) add_direntry_plus;
};

// The functions, or why there are none.
struct LoadedFuse {
  FuseFunctions functions{};
  std::string problem;

  LoadedFuse() {
    void* library = ::dlopen(kFuseLibrary, RTLD_LAZY | RTLD_LOCAL);  // never closed
    if (library == nullptr) {
      problem = ::dlerror();
      return;
    }
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      if (function == nullptr && problem.empty()) problem = std::string(kFuseLibrary) + " has no " + name;
    };
    find(functions.session_new, "fuse_session_new");
    find(functions.session_mount, "fuse_session_mount");
    find(functions.session_unmount, "fuse_session_unmount");
    find(functions.session_destroy, "fuse_session_destroy");
    find(functions.session_exited, "fuse_session_exited");
    find(functions.session_fd, "fuse_session_fd");
    find(functions.receive, "fuse_session_receive_buf");
    find(functions.process, "fuse_session_process_buf");
    find(functions.userdata, "fuse_req_userdata");
    find(functions.reply_err, "fuse_reply_err");
    find(functions.reply_entry, "fuse_reply_entry");
    find(functions.reply_attr, "fuse_reply_attr");
    find(functions.reply_readlink, "fuse_reply_readlink");
    find(functions.reply_open, "fuse_reply_open");
    find(functions.reply_buf, "fuse_reply_buf");
    find(functions.add_direntry, "fuse_add_direntry");
    find(functions.add_direntry_plus, "fuse_add_direntry_plus");
  }
};

const LoadedFuse& loaded_fuse() {
  static const LoadedFuse loaded;
  return loaded;
}

const FuseFunctions& fuse() { return loaded_fuse().functions; }

FuseTree& tree_of(fuse_req_t request) { return *static_cast<FuseTree*>(fuse().userdata(request)); }

fuse_entry_param told(const struct stat& status) {
  fuse_entry_param entry{};
  entry.ino = status.st_ino;
  entry.attr = status;
  entry.attr_timeout = entry.entry_timeout = kForEver;
  return entry;
}

void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  const SysResult<struct stat> found = tree_of(request).find(parent, name);
  if (!found) return static_cast<void>(fuse().reply_err(request, found.error));
  const fuse_entry_param entry = told(found.value);
  fuse().reply_entry(request, &entry);
}

void on_getattr(fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
  const SysResult<struct stat> status = tree_of(request).status(node);
  if (!status) return static_cast<void>(fuse().reply_err(request, status.error));
  fuse().reply_attr(request, &status.value, kForEver);
}

void on_readlink(fuse_req_t request, fuse_ino_t node) {
  const SysResult<std::string> target = tree_of(request).link_target(node);
  if (!target) return static_cast<void>(fuse().reply_err(request, target.error));
  fuse().reply_readlink(request, target.value.c_str());
}

void on_open(fuse_req_t request, fuse_ino_t node, fuse_file_info* info) {
  if ((info->flags & O_ACCMODE) != O_RDONLY) return static_cast<void>(fuse().reply_err(request, EROFS));
  const SysResult<std::uint64_t> opened = tree_of(request).open(node);
  if (!opened) return static_cast<void>(fuse().reply_err(request, opened.error));
  info->fh = opened.value;
  info->keep_cache = 1;
  // Somebody who was interrupted has no use for it.
  if (fuse().reply_open(request, info) == -ENOENT) tree_of(request).close(opened.value);
}

void on_read(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* info) {
  Bytes into(std::min(size, kMostRead));
  const SysResult<std::size_t> got = tree_of(request).read(info->fh, static_cast<std::uint64_t>(offset), into);
  if (!got) return static_cast<void>(fuse().reply_err(request, got.error));
  fuse().reply_buf(request, reinterpret_cast<const char*>(into.data()), got.value);
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  tree_of(request).close(info->fh);
  fuse().reply_err(request, 0);
}

// An answer to readdir: as many entries as there is room for. Where the next one begins goes with each; "." and ".."
// are the first two.
class DirectoryAnswer {
 public:
  DirectoryAnswer(fuse_req_t request, std::size_t size, bool is_plus)
      : request_(request), text_(std::min(size, kMostRead), '\0'), is_plus_(is_plus) {}

  // False when there is no more room.
  bool add(const char* name, const fuse_entry_param& entry, std::uint64_t next) {
    char* const at = text_.data() + used_;
    const std::size_t room = text_.size() - used_;
    const auto behind = static_cast<off_t>(next);
    const std::size_t size = is_plus_ ? fuse().add_direntry_plus(request_, at, room, name, &entry, behind)
                                      : fuse().add_direntry(request_, at, room, name, &entry.attr, behind);
    if (size > room) return false;
    used_ += size;
    return true;
  }

  void send() { fuse().reply_buf(request_, text_.data(), used_); }

 private:
  fuse_req_t request_;
  std::string text_;
  const bool is_plus_;
  std::size_t used_ = 0;
};

void answer_list(fuse_req_t request, fuse_ino_t directory, std::size_t size, off_t offset, bool is_plus) {
  DirectoryAnswer answer(request, size, is_plus);
  auto next = static_cast<std::uint64_t>(offset);
  for (const char* name : {".", ".."}) {
    if (next != (name[1] == '\0' ? 0U : 1U)) continue;
    fuse_entry_param self{};  // without a node: the kernel knows it
    self.attr.st_ino = directory;
    self.attr.st_mode = S_IFDIR;
    if (!answer.add(name, self, next + 1)) return answer.send();
    ++next;
  }
  const SysStatus listed =
      tree_of(request).list(directory, next - 2, [&](std::string_view name, const struct stat& status) {
        if (!answer.add(std::string(name).c_str(), told(status), next + 1)) return false;
        ++next;
        return true;
      });
  if (!listed) return static_cast<void>(fuse().reply_err(request, listed.error));
  answer.send();
}

void on_readdir(fuse_req_t request, fuse_ino_t directory, std::size_t size, off_t offset, fuse_file_info*) {
  answer_list(request, directory, size, offset, false);
}

void on_readdirplus(fuse_req_t request, fuse_ino_t directory, std::size_t size, off_t offset, fuse_file_info*) {
  answer_list(request, directory, size, offset, true);
}

constexpr fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops all{};
  all.lookup = on_lookup;
  all.getattr = on_getattr;
  all.readlink = on_readlink;
  all.open = on_open;
  all.read = on_read;
  all.release = on_release;
  all.readdir = on_readdir;
  all.readdirplus = on_readdirplus;
  return all;
}

// Takes requests until there are none any more. Several threads do so with one descriptor, which therefore must not
// block: of those that are woken one gets the request.
Result<> serve_requests(fuse_session* session, const Fd& wakes, std::stop_token stop) {
  fuse_buf buffer{};
  for (;;) {
    pollfd waits[2] = {{fuse().session_fd(session), POLLIN, 0}, {wakes.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) break;
    if (stop.stop_requested() || fuse().session_exited(session)) break;
    if (waits[0].revents == 0) continue;
    const int got = fuse().receive(session, &buffer);
    if (got == -EINTR || got == -EAGAIN) continue;
    if (got <= 0) break;  // it was unmounted
    fuse().process(session, &buffer);
  }
  ::free(buffer.mem);
  // The others wait for a request that never comes.
  const std::uint64_t one = 1;
  if (::write(wakes.get(), &one, sizeof one) != sizeof one) return file_error("wake a thread", errno);
  return {};
}

struct EndSession {
  void operator()(fuse_session* session) const { fuse().session_destroy(session); }
};

}  // namespace

Result<> serve_fuse(FuseTree& tree, const std::string& mountpoint, const FuseOptions& options,
                    const std::function<void()>& mounted, std::stop_token stop) {
  if (const std::string& problem = loaded_fuse().problem; !problem.empty()) {
    return Error(Code::unsupported, "libfuse3 cannot be loaded: " + problem).hint("Install libfuse3-3 and fuse3.");
  }
  if (::access("/dev/fuse", F_OK) != 0) {
    return Error(Code::unsupported, "this machine has no /dev/fuse, so nothing can be mounted")
        .hint("Load the kernel's module fuse; a container needs the device. `salvor snapshot restore` works without.");
  }
  static constexpr fuse_lowlevel_ops kOperations = operations();
  std::string words[] = {
      "salvor", "-o",
      std::string("ro,nosuid,nodev,fsname=salvor,subtype=kopia") + (options.others_may ? ",allow_other" : "")};
  char* pointers[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  fuse_args arguments{3, pointers, 0};
  const std::unique_ptr<fuse_session, EndSession> session(
      fuse().session_new(&arguments, &kOperations, sizeof kOperations, &tree));
  if (!session) return Error(Code::internal, "libfuse3 refuses its options");
  if (fuse().session_mount(session.get(), mountpoint.c_str()) != 0) {
    return Error(Code::denied, "cannot mount at " + mountpoint)
        .hint("It must be an empty directory of yours; users other than root need fusermount3, of the package fuse3.");
  }
  const int fd = fuse().session_fd(session.get());
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  const Fd wakes(::eventfd(0, EFD_CLOEXEC));
  const std::stop_callback wake(stop, [&] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wakes.get(), &one, sizeof one);
  });
  mounted();
  TaskGroup group(stop);
  for (unsigned i = 0; i < options.threads; ++i) {
    group.start([&](std::stop_token stopped) { return serve_requests(session.get(), wakes, stopped); });
  }
  Result<> served = group.join();
  fuse().session_unmount(session.get());
  return served;
}

}  // namespace salvor::os
