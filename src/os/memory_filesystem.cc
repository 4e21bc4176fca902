#include "os/memory_filesystem.h"

#include <algorithm>
#include <cerrno>

namespace salvor::os {

struct MemoryFileSystem::Node {
  using Names = std::map<std::string, NodePointer>;
  FileKind kind;
  std::uint64_t inode;
  Time modified;
  std::uint64_t links = 1;
  Bytes content, synced_content;
  Names names, synced_names;
};

class MemoryFileSystem::OpenFile final : public File {
 public:
  OpenFile(MemoryFileSystem& tree, NodePointer node) : tree_(tree), node_(std::move(node)), boot_(tree.boots_) {}

  SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) override {
    std::lock_guard hold(tree_.mutex_);
    if (boot_ != tree_.boots_) return SysResult<std::size_t>::failed(EIO);
    if (offset >= node_->content.size()) return {0};
    const std::size_t count = std::min<std::uint64_t>(into.size(), node_->content.size() - offset);
    std::copy_n(node_->content.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return {count};
  }

  SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) override {
    std::lock_guard hold(tree_.mutex_);
    if (boot_ != tree_.boots_) return SysResult<std::size_t>::failed(EIO);
    const std::uint64_t old_size = node_->content.size();
    if (tree_.capacity_) {
      const std::uint64_t room = old_size + *tree_.capacity_ - std::min(tree_.used(), *tree_.capacity_);
      if (offset >= room && !bytes.empty()) return SysResult<std::size_t>::failed(ENOSPC);
      bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), room - offset));
    }
    if (offset + bytes.size() > old_size) node_->content.resize(offset + bytes.size(), std::byte{0});
    std::copy(bytes.begin(), bytes.end(), node_->content.begin() + static_cast<std::ptrdiff_t>(offset));
    node_->modified = tree_.clock_.now();
    return {bytes.size()};
  }

  SysStatus sync() override {
    std::lock_guard hold(tree_.mutex_);
    if (boot_ != tree_.boots_) return {EIO};
    node_->synced_content = node_->content;
    return {};
  }

  SysResult<FileStatus> status() override {
    std::lock_guard hold(tree_.mutex_);
    if (boot_ != tree_.boots_) return SysResult<FileStatus>::failed(EIO);
    return {tree_.status_of(*node_)};
  }

 private:
  MemoryFileSystem& tree_;
  const NodePointer node_;
  const std::uint64_t boot_;
};

MemoryFileSystem::MemoryFileSystem(Clock& clock) : clock_(clock), root_(new_node(FileKind::directory)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

MemoryFileSystem::NodePointer MemoryFileSystem::new_node(FileKind kind) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->inode = next_inode_++;
  node->modified = clock_.now();
  return node;
}

void MemoryFileSystem::crash(Survive survive) {
  std::lock_guard hold(mutex_);
  ++boots_;
  std::vector<NodePointer> reachable{root_};
  for (std::size_t i = 0; i < reachable.size(); ++i) {
    Node& node = *reachable[i];
    if (survive == Survive::synced) node.names = node.synced_names;
    node.synced_names = node.names;
    node.content = node.synced_content;
    node.links = 0;
    for (const auto& [name, child] : node.names) {
      if (std::find(reachable.begin(), reachable.end(), child) == reachable.end()) reachable.push_back(child);
    }
  }
  root_->links = 1;
  for (const NodePointer& node : reachable) {
    for (const auto& [name, child] : node->names) ++child->links;
  }
}

void MemoryFileSystem::set_capacity(std::uint64_t bytes) {
  std::lock_guard hold(mutex_);
  capacity_ = bytes;
}

std::uint64_t MemoryFileSystem::used() const {
  std::uint64_t bytes = 0;
  std::vector<const Node*> pending{root_.get()};
  while (!pending.empty()) {
    const Node* node = pending.back();
    pending.pop_back();
    bytes += node->content.size();
    for (const auto& [name, child] : node->names) pending.push_back(child.get());
  }
  return bytes;
}

FileStatus MemoryFileSystem::status_of(const Node& node) const {
  return {node.kind, node.content.size(), node.modified, node.links, 1, node.inode, Time(Duration(node.inode))};
}

SysResult<MemoryFileSystem::NodePointer> MemoryFileSystem::find(const Path& path) const {
  using Found = SysResult<NodePointer>;
  if (!stays_inside(path)) return Found::failed(EINVAL);
  NodePointer at = root_;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t slash = std::min(path.find('/', start), path.size());
    if (at->kind != FileKind::directory) return Found::failed(ENOTDIR);
    if (slash - start > 255) return Found::failed(ENAMETOOLONG);
    const auto child = at->names.find(path.substr(start, slash - start));
    if (child == at->names.end()) return Found::failed(ENOENT);
    at = child->second;
    start = slash + 1;
  }
  return {at};
}

MemoryFileSystem::Place MemoryFileSystem::place_of(const Path& path) const {
  if (path.empty() || !stays_inside(path)) return {nullptr, {}, EINVAL};
  const auto [directory, name] = split_path(path);
  auto found = find(directory);
  if (!found) return {nullptr, {}, found.error};
  if (found.value->kind != FileKind::directory) return {nullptr, {}, ENOTDIR};
  if (name.size() > 255) return {nullptr, {}, ENAMETOOLONG};
  return {std::move(found.value), name, 0};
}

SysResult<std::unique_ptr<File>> MemoryFileSystem::open(const Path& path) {
  std::lock_guard hold(mutex_);
  using Opened = SysResult<std::unique_ptr<File>>;
  auto found = find(path);
  if (!found) return Opened::failed(found.error);
  if (found.value->kind != FileKind::regular) return Opened::failed(EISDIR);
  return {std::make_unique<OpenFile>(*this, std::move(found.value))};
}

SysResult<std::unique_ptr<File>> MemoryFileSystem::create(const Path& path, unsigned) {
  std::lock_guard hold(mutex_);
  using Opened = SysResult<std::unique_ptr<File>>;
  const Place place = place_of(path);
  if (place.error) return Opened::failed(place.error);
  if (place.directory->names.contains(place.name)) return Opened::failed(EEXIST);
  auto node = new_node(FileKind::regular);
  place.directory->names[place.name] = node;
  return {std::make_unique<OpenFile>(*this, std::move(node))};
}

SysResult<FileStatus> MemoryFileSystem::status(const Path& path) {
  std::lock_guard hold(mutex_);
  const auto found = find(path);
  if (!found) return SysResult<FileStatus>::failed(found.error);
  return {status_of(*found.value)};
}

SysResult<std::vector<DirectoryEntry>> MemoryFileSystem::list(const Path& directory) {
  std::lock_guard hold(mutex_);
  using Listed = SysResult<std::vector<DirectoryEntry>>;
  const auto found = find(directory);
  if (!found) return Listed::failed(found.error);
  if (found.value->kind != FileKind::directory) return Listed::failed(ENOTDIR);
  Listed listed;
  for (const auto& [name, node] : found.value->names) listed.value.push_back({name, node->kind});
  std::reverse(listed.value.begin(), listed.value.end());  // nobody may rely on an order
  return listed;
}

SysStatus MemoryFileSystem::make_directory(const Path& path, unsigned) {
  std::lock_guard hold(mutex_);
  const Place place = place_of(path);
  if (place.error) return {place.error};
  if (place.directory->names.contains(place.name)) return {EEXIST};
  place.directory->names[place.name] = new_node(FileKind::directory);
  return {};
}

SysStatus MemoryFileSystem::rename(const Path& from, const Path& to, Overwrite overwrite) {
  std::lock_guard hold(mutex_);
  const Place source = place_of(from);
  if (source.error) return {source.error};
  const Place target = place_of(to);
  if (target.error) return {target.error};
  const auto moved = source.directory->names.find(source.name);
  if (moved == source.directory->names.end()) return {ENOENT};
  const NodePointer node = moved->second;
  if (to.starts_with(from + "/")) return {EINVAL};
  if (const auto old = target.directory->names.find(target.name); old != target.directory->names.end()) {
    if (overwrite == Overwrite::no) return {EEXIST};
    if (old->second == node) return {};
    if (old->second->kind == FileKind::directory) return {node->kind == FileKind::directory ? ENOTEMPTY : EISDIR};
    if (node->kind == FileKind::directory) return {ENOTDIR};
    --old->second->links;
  }
  source.directory->names.erase(source.name);
  target.directory->names[target.name] = node;
  return {};
}

SysStatus MemoryFileSystem::link(const Path& from, const Path& to) {
  std::lock_guard hold(mutex_);
  if (!links_allowed_) return {EPERM};
  const auto source = find(from);
  if (!source) return {source.error};
  const Place target = place_of(to);
  if (target.error) return {target.error};
  if (source.value->kind == FileKind::directory) return {EPERM};
  if (target.directory->names.contains(target.name)) return {EEXIST};
  target.directory->names[target.name] = source.value;
  ++source.value->links;
  return {};
}

SysStatus MemoryFileSystem::remove_file(const Path& path) {
  std::lock_guard hold(mutex_);
  const Place place = place_of(path);
  if (place.error) return {place.error};
  const auto found = place.directory->names.find(place.name);
  if (found == place.directory->names.end()) return {ENOENT};
  if (found->second->kind == FileKind::directory) return {EISDIR};
  --found->second->links;
  place.directory->names.erase(found);
  return {};
}

SysStatus MemoryFileSystem::remove_directory(const Path& path) {
  std::lock_guard hold(mutex_);
  const Place place = place_of(path);
  if (place.error) return {place.error};
  const auto found = place.directory->names.find(place.name);
  if (found == place.directory->names.end()) return {ENOENT};
  if (found->second->kind != FileKind::directory) return {ENOTDIR};
  if (!found->second->names.empty()) return {ENOTEMPTY};
  place.directory->names.erase(found);
  return {};
}

SysStatus MemoryFileSystem::sync_directory(const Path& path) {
  std::lock_guard hold(mutex_);
  const auto found = find(path);
  if (!found) return {found.error};
  if (found.value->kind != FileKind::directory) return {ENOTDIR};
  found.value->synced_names = found.value->names;
  return {};
}

SysResult<std::uint64_t> MemoryFileSystem::free_space() {
  std::lock_guard hold(mutex_);
  if (!capacity_) return SysResult<std::uint64_t>::failed(ENOTSUP);
  return {*capacity_ - std::min(used(), *capacity_)};
}

}  // namespace salvor::os
