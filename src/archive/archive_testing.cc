#include "archive/archive_testing.h"

#include <filesystem>
#include <thread>

#include "base/check.h"

namespace salvor::archive {

Section make_section(std::string group_resource, std::string version, std::string kind, bool namespaced,
                     bool preferred) {
  Section section;
  section.group_resource = std::move(group_resource);
  section.version = std::move(version);
  section.kind = std::move(kind);
  section.namespaced = namespaced;
  section.preferred = preferred;
  return section;
}

TestObject make_object(const Section& section, std::string ns, std::string name, std::size_t payload, Rng& rng) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text = R"({"apiVersion":")" + section.api_version() + R"(","data":{"payload":")";
  Bytes random(payload);
  rng.fill(random);
  for (const std::byte byte : random) text += kLetters[std::to_integer<std::size_t>(byte) % kLetters.size()];
  text += R"("},"kind":")" + section.kind + R"(","metadata":{"name":")" + name + R"(")";
  if (!ns.empty()) text += R"(,"namespace":")" + ns + R"(")";
  return {section, std::move(ns), std::move(name), text + "}}"};
}

std::vector<TestObject> random_objects(Rng& rng, std::size_t count) {
  const Section sections[] = {
      make_section("secrets", "v1", "Secret", true),
      make_section("deployments.apps", "v1", "Deployment", true),
      make_section("horizontalpodautoscalers.autoscaling", "v2", "HorizontalPodAutoscaler", true),
      make_section("horizontalpodautoscalers.autoscaling", "v1", "HorizontalPodAutoscaler", true, false),
      make_section("namespaces", "v1", "Namespace", false),
      make_section("clusterroles.rbac.authorization.k8s.io", "v1", "ClusterRole", false),
  };
  const std::string namespaces[] = {"a", "a-b", "team", std::string(63, 'n')};
  std::vector<TestObject> objects;
  for (std::size_t i = 0; i < count; ++i) {
    const Section& section = sections[rng.below(std::size(sections))];
    std::string name = "o" + std::to_string(rng.next() % 1'000'000) + "-" + std::to_string(i);
    if (rng.below(8) == 0) name = "größe:" + name;
    if (rng.below(8) == 0) name += std::string(250 - name.size(), 'x');
    const std::size_t payload = rng.below(30) == 0 ? rng.below(200'000) : rng.below(2'000);
    const std::string ns = section.namespaced ? namespaces[rng.below(std::size(namespaces))] : "";
    objects.push_back(make_object(section, ns, name, payload, rng));
  }
  return objects;
}

Result<Writer::Totals> TestBackup::write(const std::vector<TestObject>& objects, WriterOptions options, int lanes) {
  const std::stop_token stop;
  auto writer = TRY(Writer::create(TRY(storage.create(kArchive, store::Exists::replace, stop)),
                                   std::filesystem::temp_directory_path(), options));
  Guarded<std::optional<Error>> failure;
  {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&, lane] {
        const auto out = writer->lane();
        for (std::size_t i = static_cast<std::size_t>(lane); i < objects.size(); i += static_cast<std::size_t>(lanes)) {
          const TestObject& object = objects[i];
          auto added = out->add(object.section, object.ns, object.name, object.text);
          if (added.ok()) continue;
          failure.with([&](std::optional<Error>& first) { first = std::move(added).error(); });
          return;
        }
      });
    }
  }
  if (auto failed = failure.with([](auto& first) { return std::move(first); })) return *std::move(failed);
  const Writer::Totals totals = TRY(writer->finish());
  TRY(writer->write_index(TRY(storage.create(kIndex, store::Exists::replace, stop)), {}, stop));
  return totals;
}

Archive::OpenOptions TestBackup::options() {
  Archive::OpenOptions options;
  options.archive_key = kArchive;
  options.index_key = kIndex;
  options.spool_directory = std::filesystem::temp_directory_path();
  return options;
}

Result<std::unique_ptr<Archive>> TestBackup::open(const Archive::OpenOptions& options) {
  return Archive::open(storage, options, {});
}

std::string TestBackup::bytes(const std::string& key) {
  auto bytes = store::get(storage, key, 1 << 30, {});
  CHECK(bytes.ok());
  return std::string(as_text(*bytes));
}

void TestBackup::put(const std::string& key, std::string_view bytes) {
  CHECK(store::put(storage, key, as_bytes(bytes), store::Exists::replace, {}).ok());
}

std::string id_of(const Section& section, const std::string& ns, const std::string& name) {
  return section.group_resource + "/" + section.version + " " + (ns.empty() ? "" : ns + "/") + name;
}

Result<std::map<std::string, std::string>> contents(const Archive& archive) {
  std::map<std::string, std::string> all;
  for (const Section& section : archive.sections()) {
    std::uint64_t objects = 0;
    TRY(archive.read_all(section,
                         [&](const Record& record, std::string_view text) -> Result<> {
                           ++objects;
                           all[id_of(section, record.ns, record.name)] = text;
                           return {};
                         },
                         {}));
    CHECK(objects == section.objects);
  }
  return all;
}

std::map<std::string, std::string> expected_contents(const std::vector<TestObject>& objects) {
  std::map<std::string, std::string> all;
  for (const TestObject& object : objects) all[id_of(object.section, object.ns, object.name)] = object.text;
  return all;
}

std::vector<std::string> problems(const Archive& archive) {
  std::vector<std::string> found;
  auto verified = archive.verify([&](const std::string& problem) { found.push_back(problem); }, nullptr, {});
  if (!verified.ok()) return {"error: " + verified.error().message()};
  CHECK(verified->problems == found.size());
  return found;
}

}  // namespace salvor::archive
