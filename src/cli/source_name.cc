#include "cli/source_name.h"

#include <filesystem>

#include "cli/wire_repository.h"

namespace salvor::cli {

Result<std::string> absolute_path(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  if (failed) return Error(Code::invalid, path + ": " + failed.message());
  std::string text = whole.lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// [kopia snapshot/source.go ParseSourceInfo]
Result<snapshot::Source> named_source(const Invocation& invocation, const std::string& name) {
  const std::size_t at = name.find('@'), colon = name.find(':');
  const bool is_whole = at != name.npos && at > 0 && colon != name.npos && at < colon;
  if (is_whole) {
    return snapshot::Source{
        .host = name.substr(at + 1, colon - at - 1), .user = name.substr(0, at), .path = name.substr(colon + 1)};
  }
  if (at == name.npos || colon != name.npos) return source_of(invocation, TRY(absolute_path(name)));
  if (at + 1 == name.size()) return Error(Code::invalid, "\"" + name + "\" names no host behind its @");
  return snapshot::Source{.host = name.substr(at + 1), .user = name.substr(0, at), .path = {}};
}

bool is_named(const snapshot::Source& one, const snapshot::Source& named) {
  return (named.host.empty() || one.host == named.host) && (named.user.empty() || one.user == named.user) &&
         (named.path.empty() || one.path == named.path);
}

}  // namespace salvor::cli
