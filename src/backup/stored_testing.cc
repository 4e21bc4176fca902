#include "backup/stored_testing.h"

#include <filesystem>

#include "archive/archive_testing.h"
#include "backup/catalog.h"
#include "backup/publish.h"
#include "backup/verify.h"
#include "base/check.h"

namespace salvor::backup::testing {

namespace {

std::string spool() { return std::filesystem::temp_directory_path(); }

Result<> make(store::Storage& storage, const std::string& name, const StoredBackup& wanted) {
  const BackupKeys keys(name);
  const std::stop_token stop;
  const Time start = TRY(parse_rfc3339(wanted.start));
  SeededRng rng(wanted.seed);
  const auto writer = TRY(archive::Writer::create(TRY(storage.create(keys.contents(), store::Exists::replace, stop)),
                                                  spool(), {.member_bytes = 4096, .modified = start}));
  {
    const auto lane = writer->lane();
    const archive::Section sections[] = {archive::make_section("secrets", "v1", "Secret", true),
                                         archive::make_section("deployments.apps", "v1", "Deployment", true),
                                         archive::make_section("namespaces", "v1", "Namespace", false)};
    for (std::size_t i = 0; i < wanted.objects; ++i) {
      const archive::Section& section = sections[i % std::size(sections)];
      const std::string ns = section.namespaced ? "team" : "";
      const auto object = archive::make_object(section, ns, "o" + std::to_string(i), 200 + rng.below(2000), rng);
      TRY(lane->add(section, object.ns, object.name, object.text));
    }
  }
  TRY(writer->finish());
  TRY(publish_index(storage, keys, *writer, stop));
  if (!wanted.indexed) TRY(storage.remove(keys.index(), stop));
  TRY(publish_companions(storage, keys, R"({"errors":{},"warnings":{}})", "[]", stop));
  TRY(write_gzip(storage, keys.pod_volume_backups(), wanted.pod_volume_backups, stop));
  TRY(write_gzip(storage, keys.log(),
                 "time=" + wanted.start + " level=info msg=\"backup done\" seed=" + rng.hex(8) + "\n", stop));
  Backup backup{.name = name};
  backup.rest_of_metadata = R"({"uid":")" + rng.uuid() + R"("})";
  backup.status.phase = "Completed";
  backup.status.start = backup.status.completion = start;
  backup.status.expiration = start + std::chrono::hours(720);
  return publish_metadata(storage, keys, backup, stop);
}

}  // namespace

void store_backup(store::Storage& storage, const std::string& name, const StoredBackup& wanted) {
  const Result<> made = make(storage, name, wanted);
  CHECK(made.ok());
}

Contents contents_of(store::Storage& storage, const std::string& prefix) {
  Contents contents;
  const Result<> all = storage.list(prefix,
                                    [&](const store::Entry& entry) -> Result<> {
                                      contents[entry.key] = bytes_of(storage, entry.key);
                                      return {};
                                    },
                                    {});
  CHECK(all.ok());
  return contents;
}

Contents backup_contents(store::Storage& storage, const std::string& prefix) {
  Contents contents = contents_of(storage, prefix);
  std::erase_if(contents, [](const auto& one) {
    return one.first.ends_with("-salvor-copy") || one.first.ends_with("-salvor-claim");
  });
  return contents;
}

std::string bytes_of(store::Storage& storage, const std::string& key) {
  const Result<Bytes> bytes = store::get(storage, key, 1 << 30, {});
  CHECK(bytes.ok());
  return std::string(as_text(*bytes));
}

void put_bytes(store::Storage& storage, const std::string& key, std::string_view bytes) {
  const Result<> put = store::put(storage, key, as_bytes(bytes), store::Exists::replace, {});
  CHECK(put.ok());
}

std::vector<std::string> listed(store::Storage& storage) {
  Result<std::vector<std::string>> names = backup_names(storage, {});
  CHECK(names.ok());
  return *std::move(names);
}

std::vector<std::string> problems_of(store::Storage& storage, const std::string& name) {
  std::vector<std::string> problems;
  const Result<Verified> verified =
      verify_backup(storage, name, spool(), [&](const std::string& problem) { problems.push_back(problem); }, {}, {});
  return verified.ok() ? problems : std::vector<std::string>{to_string(verified.error())};
}

}  // namespace salvor::backup::testing
