// Builders for tests of archives: random objects, written archives, and damage.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "archive/archive.h"
#include "base/rng.h"
#include "store/memory.h"

namespace salvor::archive {

struct TestObject {
  Section section;
  std::string ns, name, text;
};

Section make_section(std::string group_resource, std::string version, std::string kind, bool namespaced,
                     bool preferred = true);
// A small JSON object of that kind with `payload` random bytes as base64-like text.
TestObject make_object(const Section& section, std::string ns, std::string name, std::size_t payload, Rng& rng);
// Some kinds, both scopes, a second version, names of every length and script; in no order.
std::vector<TestObject> random_objects(Rng& rng, std::size_t count);

// A memory storage with one backup's archive and index under fixed keys.
class TestBackup {
 public:
  static constexpr const char* kArchive = "b.tar.gz";
  static constexpr const char* kIndex = "b-salvor-index";

  TestBackup() : clock_(Time(std::chrono::seconds(1'795'000'000))), storage(clock_) {}

  Result<Writer::Totals> write(const std::vector<TestObject>& objects, WriterOptions options = {}, int lanes = 1);
  Result<std::unique_ptr<Archive>> open() { return open(options()); }
  Result<std::unique_ptr<Archive>> open(const Archive::OpenOptions& options);
  static Archive::OpenOptions options();

  std::string bytes(const std::string& key);
  void put(const std::string& key, std::string_view bytes);

 private:
  FakeClock clock_;

 public:
  store::MemoryStorage storage;
};

// Everything an archive holds, as "<group resource>/<version> <ns>/<name>" to text; or the first error.
Result<std::map<std::string, std::string>> contents(const Archive& archive);
std::map<std::string, std::string> expected_contents(const std::vector<TestObject>& objects);
std::string id_of(const Section& section, const std::string& ns, const std::string& name);

// What verify() reports, or its error as the only element.
std::vector<std::string> problems(const Archive& archive);

}  // namespace salvor::archive
