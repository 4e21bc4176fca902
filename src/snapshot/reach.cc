#include "snapshot/reach.h"

#include <utility>
#include <vector>

#include "repo/indirect_object.h"
#include "repo/object_reader.h"
#include "repo/pack_reader.h"

namespace salvor::snapshot {

namespace {

// Lists in lists: honest ones end at three.
constexpr int kMaxListDepth = 16;

struct ListWalk {
  repo::Repository& repository;
  const VisitContent& visit;
  std::stop_token stop;
  std::set<std::string> done = {};  // lists, so that lists that lead to each other come to an end
};

Result<std::vector<repo::IndirectEntry> > read_list_object(ListWalk& walk, const repo::ObjectId& list) {
  repo::IndirectReader reader;
  TRY(repo::read_object(walk.repository, list, [&](ByteView piece) { return reader.feed(as_text(piece)); }, walk.stop));
  return reader.finish();
}

Result<> visit_object(ListWalk& walk, const repo::ObjectId& object, std::optional<std::uint64_t> length, int depth) {
  if (object.indirection == 0) return walk.visit(object.content, object.compressed ? std::nullopt : length);
  const std::string name = to_string(object);
  if (!walk.done.insert(name).second) return {};
  if (depth == kMaxListDepth) return Error(Code::corrupt, "object " + name + ": lists lead into lists without end");
  // The list is an object too, with one level less.
  repo::ObjectId list = object;
  --list.indirection;
  TRY(visit_object(walk, list, std::nullopt, depth + 1));
  const std::string outer = "the list of object " + name;
  for (const repo::IndirectEntry& entry : TRY(read_list_object(walk, list).context(outer))) {
    const repo::ObjectId part = TRY(repo::ObjectId::parse(entry.object).context(outer));
    TRY(visit_object(walk, part, entry.length, depth + 1));
  }
  return {};
}

}  // namespace

Result<> visit_contents(repo::Repository& repository, const repo::ObjectId& object, const VisitContent& visit,
                        std::stop_token stop) {
  ListWalk walk{repository, visit, std::move(stop)};
  return visit_object(walk, object, std::nullopt, 0);
}

Result<MergedIndex::Located> required_content(const repo::IndexView& view, const repo::ContentId& content,
                                              std::optional<std::uint64_t> length) {
  const std::optional<MergedIndex::Located> located = TRY(view.contents().locate(content));
  const std::string named = "content " + to_string(content);
  if (!located) return Error(Code::corrupt, named + " is in no index");
  if (located->entry.deleted) return Error(Code::corrupt, named + " was deleted");
  // Indexes of version 1 hold no length; what they make of the packed one is that of a content without compression.
  if (length && *length != located->entry.original_length) {
    return Error(Code::corrupt, named + " has " + std::to_string(located->entry.original_length) +
                                    " bytes where the list of its object says " + std::to_string(*length));
  }
  return *located;
}

Reach::Reach(repo::Repository& repository, std::shared_ptr<const repo::IndexView> view, ScanOptions options,
             ReachHooks hooks)
    : repository_(repository),
      view_(std::move(view)),
      options_(options),
      hooks_(std::move(hooks)),
      needed_(view_->contents().rows()),
      opened_(view_->contents().rows()),
      lists_(view_->contents().rows()) {}

Result<> Reach::run(std::span<const DirEntry> roots, std::stop_token stop) {
  for (const DirEntry& root : roots) need(root, stop);
  const ScanHooks hooks{.entry = [&](Position, const DirEntry& entry) { need(entry, stop); },
                        .opened = [&](Position directory) { opened_.insert(directory); },
                        .unreadable = [&](Position directory, const Error& why) { tell(directory, why); }};
  directories_ = TRY(scan_directories(repository_, view_, roots, options_, hooks, stop));
  TRY(read_lists(stop));
  if (failed_) return std::move(*failed_);
  return {};
}

void Reach::need(const DirEntry& entry, std::stop_token stop) {
  if (entry.type != EntryType::directory) ++entries_;
  const Result<repo::ObjectId> object = repo::ObjectId::parse(entry.object);
  if (!object.ok()) return tell(std::nullopt, object.error());
  if (object->indirection > 1) return expand(*object, std::move(stop));
  const std::optional<Position> position = mark(object->content, std::nullopt);
  if (position && object->indirection == 1) lists_.insert(*position);
}

std::optional<Reach::Position> Reach::mark(const repo::ContentId& content, std::optional<std::uint64_t> length) {
  const bool tells_length = repository_.format().config.index_format() > 1;
  const auto located = required_content(*view_, content, tells_length ? length : std::nullopt);
  if (!located.ok()) {
    tell(std::nullopt, located.error());
    return std::nullopt;
  }
  if (needed_.insert(located->position) && hooks_.content) hooks_.content(located->position, located->entry);
  return located->position;
}

// An object whose lists lead to lists, one after the other.
void Reach::expand(const repo::ObjectId& object, std::stop_token stop) {
  {
    std::lock_guard hold(mutex_);
    if (!expanded_.insert(to_string(object)).second) return;
  }
  const Result<> visited = visit_contents(
      repository_, object,
      [&](const repo::ContentId& content, std::optional<std::uint64_t> length) {
        mark(content, length);
        return Result<>();
      },
      std::move(stop));
  if (visited.ok()) return;
  if (repo::ends_reading(visited.error().code())) return fail(visited.error());
  tell(mark(object.content, std::nullopt), visited.error());
}

Result<> Reach::read_lists(std::stop_token stop) {
  repo::ReadPlan plan(view_);
  TRY(lists_.for_each([&](Position position) { return plan.add(position); }));
  return repo::read_contents(
      repository_, std::move(plan), {.threads = options_.threads, .rehash = options_.rehash},
      [&](Position position, const repo::ContentEntry&, Result<Bytes> bytes) -> Result<> {
        if (bytes.ok()) {
          read_list(position, *bytes, stop);
        } else {
          tell(position, bytes.error());
        }
        return {};
      },
      stop);
}

void Reach::read_list(Position position, ByteView text, std::stop_token stop) {
  repo::IndirectReader reader;
  const auto parsed = [&]() -> Result<std::vector<repo::IndirectEntry> > {
    TRY(reader.feed(as_text(text)));
    return reader.finish();
  };
  const auto entries = parsed();
  if (!entries.ok()) return tell(position, entries.error());
  opened_.insert(position);
  for (const repo::IndirectEntry& entry : *entries) {
    const Result<repo::ObjectId> part = repo::ObjectId::parse(entry.object);
    if (!part.ok()) {
      tell(position, part.error());
    } else if (part->indirection > 0) {
      expand(*part, stop);
    } else {
      mark(part->content, part->compressed ? std::nullopt : std::optional(entry.length));
    }
  }
}

void Reach::tell(std::optional<Position> position, const Error& why) {
  if (!hooks_.trouble) return;
  std::lock_guard hold(mutex_);
  hooks_.trouble(position, why);
}

void Reach::fail(const Error& error) {
  std::lock_guard hold(mutex_);
  if (!failed_) failed_ = error.clone();
}

}  // namespace salvor::snapshot
