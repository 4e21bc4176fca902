// Any text as each of a repository's small documents: what is read is read again from what is written.
#include "input.h"
#include "repo/legacy_index.h"
#include "repo/maintenance_parameters.h"
#include "repo/maintenance_schedule.h"
#include "repo/session.h"
#include "repo/shards.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  if (const auto shards = repo::parse_shards(text); shards.ok()) {
    PROMISE(repo::parse_shards(repo::encode(*shards)).value() == *shards);
    const std::string path = shards->path_of("xn12_0123456789abcdef0123456789abcdef-s0011223344556677147-c1");
    PROMISE(path.ends_with(".f") && path.find("//") == std::string::npos);
  }
  if (const auto marker = repo::parse_session_marker(text); marker.ok()) {
    PROMISE(repo::parse_session_marker(repo::encode(*marker)).value() == *marker);
  }
  if (const auto schedule = repo::parse_maintenance_schedule(text); schedule.ok()) {
    PROMISE(repo::parse_maintenance_schedule(repo::encode(*schedule)).value() == *schedule);
  }
  if (const auto parameters = repo::parse_maintenance_parameters(text); parameters.ok()) {
    PROMISE(repo::parse_maintenance_parameters(repo::encode(*parameters)).value() == *parameters);
  }
  if (const auto compaction = repo::parse_legacy_compaction(text); compaction.ok()) {
    PROMISE(repo::current_legacy_indexes({}, {&*compaction, 1}).empty());
  }
  return 0;
}
