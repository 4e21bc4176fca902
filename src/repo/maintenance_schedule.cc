#include "repo/maintenance_schedule.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "codec/json.h"
#include "codec/json_text.h"
#include "crypto/aead.h"
#include "repo/blob_id.h"
#include "repo/json_fields.h"

namespace salvor::repo {
namespace {

using crypto::Aead;

constexpr std::string_view kScheduleName = "the schedule of maintenance";
constexpr std::string_view kKeyPurpose = "maintenance schedule", kAssociated = "maintenance";
constexpr std::size_t kMostRuns = 50;                             // of each task that stock keeps
constexpr std::string_view kGoZeroTime = "0001-01-01T00:00:00Z";  // before what a Time holds

void write_time(FieldWriter& writer, std::string_view key, Time time) {
  if (time == Time::min()) {
    writer.write(key, kGoZeroTime);
  } else {
    writer.write(key, time);
  }
}

Result<TaskRun> read_run(Json& json) {
  TaskRun run{.start = Time::min(), .end = Time::min()};
  FieldReader reader(json, kScheduleName);
  reader.read("start", run.start).read("end", run.end).read("success", run.success).read("error", run.error);
  if (const Json* const extra = reader.array("extra")) run.extra = codec::dump_json(*extra);
  run.unknown = TRY(reader.finish());
  return run;
}

void write(std::string& text, const TaskRun& run) {
  FieldWriter writer(text);
  write_time(writer, "start", run.start);
  write_time(writer, "end", run.end);
  if (run.success) writer.write("success", true);
  writer.write_unless_empty("error", run.error);
  if (!run.extra.empty()) {
    writer.begin("extra");
    text += run.extra;
  }
  writer.finish(run.unknown);
}

Error damaged_schedule(const std::string& why) {
  return Error(Code::corrupt, std::string(kMaintenanceBlob) + " is damaged: " + why)
      .hint("It holds nothing but when maintenance ran. Removing that blob makes maintenance begin anew.");
}

}  // namespace

void MaintenanceSchedule::add_run(std::string_view task, TaskRun run) {
  auto found = runs.find(task);
  if (found == runs.end()) found = runs.emplace(std::string(task), std::vector<TaskRun>()).first;
  std::vector<TaskRun>& history = found->second;
  history.insert(history.begin(), std::move(run));
  if (history.size() > kMostRuns) history.resize(kMostRuns);
}

const std::vector<TaskRun>& MaintenanceSchedule::runs_of(std::string_view task) const {
  static const std::vector<TaskRun> kNone;
  const auto found = runs.find(task);
  return found == runs.end() ? kNone : found->second;
}

Result<MaintenanceSchedule> parse_maintenance_schedule(std::string_view json) {
  Result<Json> document = codec::parse_json(json);
  if (!document.ok()) return damaged_schedule(document.error().message());
  MaintenanceSchedule schedule;
  FieldReader reader(*document, kScheduleName);
  reader.read("nextFullMaintenance", schedule.next_full).read("nextQuickMaintenance", schedule.next_quick);
  if (Json* const runs = reader.object("runs")) {
    for (auto& [task, list] : runs->items()) {
      std::vector<TaskRun>& history = schedule.runs[task];
      if (list.is_null()) continue;
      if (!list.is_array()) return damaged_schedule("the runs of a task are no list");
      for (Json& run : list) history.push_back(TRY(read_run(run)));
    }
  }
  schedule.unknown = TRY(reader.finish());
  return schedule;
}

std::string encode(const MaintenanceSchedule& schedule) {
  std::string text;
  FieldWriter writer(text);
  write_time(writer, "nextFullMaintenance", schedule.next_full);
  write_time(writer, "nextQuickMaintenance", schedule.next_quick);
  writer.begin("runs");
  char before = '{';
  if (schedule.runs.empty()) text += before;
  for (const auto& [task, history] : schedule.runs) {
    text += before;
    before = ',';
    codec::append_json_text(text, task);
    text += ":[";
    for (const TaskRun& run : history) {
      if (&run != history.data()) text += ',';
      write(text, run);
    }
    text += ']';
  }
  text += '}';
  writer.finish(schedule.unknown);
  return text;
}

Result<MaintenanceSchedule> open_maintenance_schedule(const RepositoryFormat& format, ByteView sealed) {
  if (sealed.size() < Aead::kNonceBytes + Aead::kTagBytes || sealed.size() > Aead::kMaxMessageBytes) {
    return damaged_schedule("it has " + std::to_string(sealed.size()) + " bytes");
  }
  Aead::Nonce nonce;
  std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
  std::string json(sealed.size() - Aead::kNonceBytes - Aead::kTagBytes, '\0');
  const bool opened =
      Aead(crypto::AeadCipher::aes_256_gcm, format.derive_key(kKeyPurpose))
          .open(nonce, sealed.subspan(nonce.size()), std::as_writable_bytes(std::span(json)), as_bytes(kAssociated));
  if (!opened) return damaged_schedule("this repository's key does not open it");
  return parse_maintenance_schedule(json);
}

Bytes seal(const RepositoryFormat& format, const MaintenanceSchedule& schedule, Rng& rng) {
  const std::string json = encode(schedule);
  Bytes sealed(Aead::kNonceBytes + json.size() + Aead::kTagBytes);
  Aead::Nonce nonce;
  rng.fill(nonce);
  std::ranges::copy(nonce, sealed.begin());
  Aead(crypto::AeadCipher::aes_256_gcm, format.derive_key(kKeyPurpose))
      .seal(nonce, as_bytes(json), MutableByteView(sealed).subspan(nonce.size()), as_bytes(kAssociated));
  return sealed;
}

}  // namespace salvor::repo
