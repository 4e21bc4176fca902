#include "snapshot/directory.h"

#include "codec/json_stream.h"
#include "snapshot/fields.h"

namespace salvor::snapshot {
namespace {

constexpr std::string_view kStream = "\"kopia:directory\"";
constexpr std::size_t kPieceBytes = 64 << 10;

Error not_a_directory(const std::string& why) { return Error(Code::corrupt, "not a directory: " + why); }

}  // namespace

struct DirectoryReader::State {
  State(Visit to_visit, std::size_t max_entry_bytes)
      : visit(std::move(to_visit)),
        reader(
            {.array = "entries", .noun = "a directory", .max_item_bytes = max_entry_bytes},
            [this](std::string_view item) { return add(item); },
            [this](const std::string& name, std::string_view value) { return learn(name, value); }) {}

  const Visit visit;
  codec::JsonStreamReader reader;
  codec::JsonDom dom;
  std::optional<DirectorySummary> summary;
  bool is_named = false;
  Result<> visited;  // kept apart from errors about the text

  Result<> add(std::string_view item) {
    constexpr std::string_view kWrong = "not a directory: an entry";
    const Element root = TRY(codec::parse_element(item, dom).context(kWrong));
    DirEntry entry;
    TRY(take("entry", root, entry).context(kWrong));
    visited = visit(std::move(entry));
    return visited.ok() ? Result<>() : Error(Code::internal, "stopped");
  }

  Result<> learn(const std::string& name, std::string_view value) {
    if (name == "stream") is_named = value == kStream;
    if (name != "summary" || value == "null") return {};
    constexpr std::string_view kWrong = "not a directory: its summary";
    const Element root = TRY(codec::parse_element(value, dom).context(kWrong));
    return take("summary", root, summary.emplace()).context(kWrong);
  }
};

DirectoryReader::DirectoryReader(Visit visit, std::size_t max_entry_bytes)
    : state_(std::make_unique<State>(std::move(visit), max_entry_bytes)) {}
DirectoryReader::~DirectoryReader() = default;

Result<> DirectoryReader::feed(std::string_view piece) {
  auto fed = state_->reader.feed(piece);
  TRY(std::move(state_->visited));
  if (fed.ok() || fed.error().code() == Code::corrupt) return fed;
  return Error(Code::corrupt, fed.error().message());
}

Result<std::optional<DirectorySummary> > DirectoryReader::finish() {
  TRY(state_->reader.finish());
  if (!state_->is_named) return not_a_directory("it is not called \"kopia:directory\"");
  return std::move(state_->summary);
}

Result<> DirectoryWriter::add(const DirEntry& entry) {
  if (last_ && precedes(entry, *last_)) return Error(Code::internal, "the entries of a directory are out of order");
  json_ += last_ ? ',' : '[';
  append_json(json_, entry);
  last_ = DirEntry{.name = entry.name, .type = entry.type};
  if (json_.size() < kPieceBytes) return {};
  TRY(sink_(json_));
  json_.clear();
  return {};
}

Result<> DirectoryWriter::finish(const DirectorySummary& summary) {
  json_ += last_ ? "],\"summary\":" : "null,\"summary\":";
  append_json(json_, summary);
  return sink_(json_ += "}\n");
}

}  // namespace salvor::snapshot
