#include "cli/two_locations.h"

#include <filesystem>

namespace salvor::cli {

namespace {

// Equal for two ways of writing the same place.
std::string identity_of(const store::Location& location) {
  if (const auto* directory = std::get_if<store::DirectoryLocation>(&location)) {
    std::error_code error;
    const std::string path = std::filesystem::weakly_canonical(directory->path, error).string();
    return "file " + (error ? directory->path : path);
  }
  const auto& bucket = std::get<store::S3Location>(location);
  return "s3 " + bucket.endpoint + " " + bucket.bucket + "/" + bucket.prefix;
}

// A copy remembers where it came from, and that must not depend on where a command is run.
void make_absolute(store::Location& location) {
  auto* directory = std::get_if<store::DirectoryLocation>(&location);
  if (!directory) return;
  std::error_code error;
  const auto absolute = std::filesystem::absolute(directory->path, error).lexically_normal();
  if (error) return;
  directory->path = absolute.string();
  while (directory->path.size() > 1 && directory->path.ends_with('/')) directory->path.pop_back();
}

}  // namespace

Result<TwoLocations> open_two(Wire& wire, const std::string& from, const std::string& to, Wire::Purpose to_purpose) {
  ChosenLocation near = TRY(wire.choose_location(from));
  ChosenLocation far = TRY(wire.choose_location(to));
  make_absolute(near.location);
  make_absolute(far.location);
  if (identity_of(near.location) == identity_of(far.location)) {
    return Error(Code::invalid, from + " and " + to + " are the same place").hint("Name two different locations.");
  }
  TwoLocations two;
  two.from = TRY(wire.open_location(near, Wire::Purpose::read));
  two.to = TRY(wire.open_location(far, to_purpose));
  return two;
}

ProgressState state_of(const std::string& what, backup::CopyProgress& progress) {
  return {.what = what,
          .bytes = progress.bytes,
          .bytes_total = progress.bytes_total,
          .current = progress.current.with([](const std::string& text) { return text; })};
}

}  // namespace salvor::cli
