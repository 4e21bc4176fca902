#include "os/process_mark.h"

#include <unistd.h>

#include <array>
#include <sstream>

#include "os/file.h"

namespace salvor::os {

namespace {

constexpr std::uint64_t kSmallFile = 64 << 10;

Result<std::string> line_of(const std::string& path) {
  std::string text = TRY(read_file(path, kSmallFile));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Result<std::string> link_of(const char* path) {
  std::array<char, 256> target{};
  const ssize_t size = ::readlink(path, target.data(), target.size());
  if (size < 0) return errno_error(path, errno);
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so counting begins after its last parenthesis.
Result<std::string> start_of(const std::string& pid) {
  const std::string stat = TRY(read_file("/proc/" + pid + "/stat", kSmallFile));
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  if (!fields) return Error(Code::internal, "/proc/" + pid + "/stat has another form");
  return field;
}

}  // namespace

Result<ProcessMark> ProcessMark::mine() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return errno_error("gethostname", errno);
  ProcessMark mark;
  mark.host = host.data();
  mark.boot = TRY(line_of("/proc/sys/kernel/random/boot_id"));
  mark.pid_namespace = TRY(link_of("/proc/self/ns/pid"));
  mark.pid = std::to_string(::getpid());
  mark.start = TRY(start_of("self"));
  return mark;
}

std::string ProcessMark::encode() const {
  return host + " " + boot + " " + pid_namespace + " " + pid + " " + start + "\n";
}

Result<ProcessMark> ProcessMark::parse(std::string_view text) {
  std::istringstream fields{std::string(text)};
  ProcessMark mark;
  fields >> mark.host >> mark.boot >> mark.pid_namespace >> mark.pid >> mark.start;
  const bool numbers = mark.pid.find_first_not_of("0123456789") == std::string::npos && mark.pid.size() < 12;
  if (!fields || !numbers) return Error(Code::corrupt, "not the mark of a process");
  return mark;
}

Result<Fate> fate_of(const ProcessMark& mark) {
  const ProcessMark me = TRY(ProcessMark::mine());
  if (mark.host != me.host) return Fate::unknown;
  if (mark.boot != me.boot || mark.pid_namespace != me.pid_namespace) return Fate::gone;
  const Result<std::string> start = start_of(mark.pid);
  return start.ok() && *start == mark.start ? Fate::running : Fate::gone;
}

}  // namespace salvor::os
