// ObjectHead: what selection needs to know of an object, read from its text without building a document.
//
// The whole text is validated as JSON (structure and UTF-8) on the way, so an object that has a head can be stored.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace salvor::kube {

struct OwnerReference {
  std::string api_version, kind, name, uid;
  bool controller = false;
};

struct ObjectHead {
  std::string api_version;  // may be empty: lists of built-in kinds leave it out
  std::string kind;         // likewise
  std::string ns;           // "" for cluster-scoped objects
  std::string name;
  std::string uid;
  std::string resource_version;
  bool deleting = false;  // has a deletionTimestamp
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<OwnerReference> owners;

  const std::string* label(std::string_view key) const;
};

// Reuses its buffers from object to object; one per thread.
class HeadReader {
 public:
  HeadReader();
  ~HeadReader();
  HeadReader(HeadReader&&) noexcept;

  // `invalid` when the text is not a JSON object with metadata.name.
  Result<ObjectHead> read(std::string_view object);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::kube
