// JSON patch and merge patch. Strategic patches are in patch_strategic.cc.
#include "kube/patch.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "codec/json_access.h"

namespace salvor::kube {
namespace {

using codec::member;

// A JSON pointer (RFC 6901) cut into its steps.
Result<std::vector<std::string>> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  if (path.empty()) return steps;
  if (path.front() != '/') return Error(Code::invalid, "path \"" + std::string(path) + "\" does not start with '/'");
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    std::string step;
    for (std::size_t i = begin; i < end; ++i) {
      const bool escaped = path[i] == '~' && i + 1 < end && (path[i + 1] == '0' || path[i + 1] == '1');
      step += escaped ? (path[++i] == '0' ? '~' : '/') : path[i];
    }
    steps.push_back(std::move(step));
    begin = end + 1;
  }
  return steps;
}

Error missing(std::string_view path) {
  return Error(Code::not_found, "the object has nothing at \"" + std::string(path) + "\"");
}

// The position that a step names in a list of `size` elements; negative ones count from the end, as the API server
// allows.
Result<std::size_t> index_of(std::string_view step, std::size_t size, std::string_view path) {
  long long index = 0;
  const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (problem != std::errc() || end != step.data() + step.size()) {
    return Error(Code::invalid, "\"" + std::string(step) + "\" in path \"" + std::string(path) + "\" is no list index");
  }
  if (index < 0) index += static_cast<long long>(size);
  if (index < 0 || index >= static_cast<long long>(size)) return missing(path);
  return static_cast<std::size_t>(index);
}

Result<Json*> child(Json& parent, const std::string& step, std::string_view path) {
  if (parent.is_object()) {
    Json* found = member(parent, step);
    if (found == nullptr) return missing(path);
    return found;
  }
  if (!parent.is_array()) return missing(path);
  return &parent[TRY(index_of(step, parent.size(), path))];
}

class Patcher {
 public:
  explicit Patcher(Json& document) : document_(document) {}

  Result<> run(const Json& operation) {
    const Json* op = member(operation, "op");
    if (op == nullptr || !op->is_string()) return Error(Code::invalid, "an operation lacks \"op\"");
    const auto& name = op->get_ref<const std::string&>();
    const std::string path = TRY(text(operation, "path"));
    if (name == "add") return add(path, TRY(value(operation)));
    if (name == "remove") return remove(path);
    if (name == "replace") return replace(path, TRY(value(operation)));
    if (name == "test") return test(path, operation);
    if (name == "move" || name == "copy") {
      const std::string from = TRY(text(operation, "from"));
      Json moved = *TRY(find(from));
      if (name == "move") TRY(remove(from));
      return add(path, std::move(moved));
    }
    return Error(Code::invalid, "unknown operation \"" + name + "\"");
  }

 private:
  static Result<std::string> text(const Json& operation, std::string_view key) {
    const Json* found = member(operation, key);
    if (found == nullptr || !found->is_string()) {
      return Error(Code::invalid, "an operation lacks \"" + std::string(key) + "\"");
    }
    return found->get<std::string>();
  }

  static Result<Json> value(const Json& operation) {
    const Json* found = member(operation, "value");
    if (found == nullptr) return Error(Code::invalid, "an operation lacks \"value\"");
    return Json(*found);
  }

  Result<Json*> walk(const std::vector<std::string>& steps, std::size_t count, std::string_view path) {
    Json* at = &document_;
    for (std::size_t i = 0; i < count; ++i) at = TRY(child(*at, steps[i], path));
    return at;
  }

  Result<Json*> find(std::string_view path) {
    const auto steps = TRY(steps_of(path));
    return walk(steps, steps.size(), path);
  }

  Result<> add(std::string_view path, Json what) {
    const auto steps = TRY(steps_of(path));
    if (steps.empty()) {
      document_ = std::move(what);
      return {};
    }
    Json& parent = *TRY(walk(steps, steps.size() - 1, path));
    const std::string& last = steps.back();
    if (parent.is_object()) {
      parent[last] = std::move(what);
    } else if (parent.is_array() && last == "-") {
      parent.push_back(std::move(what));
    } else if (parent.is_array()) {
      const std::size_t index = TRY(index_of(last, parent.size() + 1, path));
      parent.insert(parent.begin() + static_cast<std::ptrdiff_t>(index), std::move(what));
    } else {
      return missing(path);
    }
    return {};
  }

  Result<> remove(std::string_view path) {
    const auto steps = TRY(steps_of(path));
    if (steps.empty()) return Error(Code::invalid, "the whole object cannot be removed");
    Json& parent = *TRY(walk(steps, steps.size() - 1, path));
    TRY(child(parent, steps.back(), path));
    if (parent.is_object()) {
      parent.erase(steps.back());
    } else {
      parent.erase(TRY(index_of(steps.back(), parent.size(), path)));
    }
    return {};
  }

  Result<> replace(std::string_view path, Json what) {
    *TRY(find(path)) = std::move(what);
    return {};
  }

  // A member that is not there equals null; a missing parent is an error.
  Result<> test(std::string_view path, const Json& operation) {
    const auto steps = TRY(steps_of(path));
    if (!steps.empty()) TRY(walk(steps, steps.size() - 1, path));
    const Json* wanted = member(operation, "value");
    const auto found = walk(steps, steps.size(), path);
    const Json nothing;
    if ((found.ok() ? **found : nothing) == (wanted != nullptr ? *wanted : nothing)) return {};
    return Error(Code::conflict, "the test of \"" + std::string(path) + "\" does not hold");
  }

  Json& document_;
};

}  // namespace

Result<> apply_json_patch(Json& document, const Json& operations) {
  if (!operations.is_array()) return Error(Code::invalid, "a JSON patch is a list of operations");
  Patcher patcher(document);
  for (const Json& operation : operations) TRY(patcher.run(operation));
  return {};
}

void apply_merge_patch(Json& document, const Json& patch) { document.merge_patch(patch); }

Json create_merge_patch(const Json& from, const Json& to) {
  Json patch = Json::object();
  for (const auto& [key, wanted] : to.items()) {
    const Json* present = member(from, key);
    if (present == nullptr) {
      if (!wanted.is_null()) patch[key] = wanted;
    } else if (present->is_object() && wanted.is_object()) {
      Json inner = create_merge_patch(*present, wanted);
      if (!inner.empty()) patch[key] = std::move(inner);
    } else if (*present != wanted) {
      patch[key] = wanted;
    }
  }
  for (const auto& [key, present] : from.items()) {
    if (member(to, key) == nullptr) patch[key] = nullptr;
  }
  return patch;
}

}  // namespace salvor::kube
