#include "snapshot/mounted_tree.h"

#include <algorithm>

#include "snapshot/mount_names.h"
#include "snapshot/target.h"

namespace salvor::snapshot {

namespace {

constexpr std::uint64_t kRootNode = 1;
constexpr std::uint64_t kFirstEntry = 2;
constexpr std::size_t kMostTold = 10'000;
constexpr std::size_t kLongestTarget = 4095;
constexpr std::uint64_t kBlockBytes = 512;

std::uint64_t node_of(std::uint32_t directory, std::size_t index) {
  return (std::uint64_t{directory} << 32 | index) + kFirstEntry;
}
std::uint32_t directory_in(std::uint64_t node) { return static_cast<std::uint32_t>((node - kFirstEntry) >> 32); }
std::size_t index_in(std::uint64_t node) { return static_cast<std::uint32_t>(node - kFirstEntry); }

mode_t type_bits(EntryType type) {
  if (type == EntryType::directory) return S_IFDIR;
  return type == EntryType::symlink ? S_IFLNK : S_IFREG;
}

int errno_of(Code code) {
  if (code == Code::cancelled) return EINTR;
  return code == Code::expired ? ESTALE : EIO;
}

Error no_such_node() { return Error(Code::expired, "there is no such node"); }

std::shared_ptr<const HeldDirectory> fixed_directory_of(const std::vector<DirEntry>& entries) {
  HeldDirectory held;
  for (const DirEntry& entry : entries) held.add(entry);
  held.finish();
  return std::make_shared<const HeldDirectory>(std::move(held));
}

}  // namespace

struct MountedTree::OpenFile {
  struct Piece {
    std::uint64_t begin = 0;
    repo::ObjectChunk chunk;
  };
  std::uint64_t node = 0, size = 0;
  std::vector<Piece> pieces;
};

Result<std::unique_ptr<MountedTree>> MountedTree::of(repo::Repository& repository, const DirEntry& root,
                                                     MountLimits limits, Problem problem, std::stop_token stop) {
  if (root.type != EntryType::directory) return Error(Code::invalid, "\"" + root.name + "\" is not a directory");
  std::unique_ptr<MountedTree> tree(new MountedTree(repository, limits, std::move(problem), std::move(stop)));
  tree->root_ = {.modified = root.modified, .mode = root.mode, .uid = root.uid, .gid = root.gid, .type = root.type};
  tree->directories_.push_back({kRootNode, root.object});
  tree->numbers_.emplace(kRootNode, 0);
  TRY(tree->held(0));
  return tree;
}

std::unique_ptr<MountedTree> MountedTree::of_all(repo::Repository& repository, const std::vector<Manifest>& snapshots,
                                                 MountLimits limits, Problem problem, std::stop_token stop) {
  std::unique_ptr<MountedTree> tree(new MountedTree(repository, limits, std::move(problem), std::move(stop)));
  const MountNames names = mount_names(snapshots);
  tree->root_ = {.modified = names.modified, .mode = 0555, .type = EntryType::directory};
  tree->add_fixed(kRootNode, fixed_directory_of(names.users));
  // Of those that were made just now the numbers are known: the root is 0, then the users come, in order, then what
  // each of them has.
  std::uint32_t next = 1;
  for (std::size_t user = 0; user < names.users.size(); ++user, ++next) {
    tree->add_fixed(node_of(0, user), fixed_directory_of(names.paths[user]));
  }
  for (std::size_t user = 0; user < names.users.size(); ++user) {
    for (std::size_t path = 0; path < names.paths[user].size(); ++path) {
      tree->add_fixed(node_of(static_cast<std::uint32_t>(1 + user), path),
                      fixed_directory_of(names.snapshots[user][path]));
    }
  }
  return tree;
}

void MountedTree::add_fixed(std::uint64_t node, HeldPtr what) {
  numbers_.emplace(node, static_cast<std::uint32_t>(directories_.size()));
  directories_.push_back({node, "", std::move(what)});
}

Result<std::uint32_t> MountedTree::number_of(std::uint64_t node) {
  {
    std::shared_lock hold(mutex_);
    if (const auto known = numbers_.find(node); known != numbers_.end()) return known->second;
  }
  const Found found = TRY(entry(node));
  if (found.row().type != EntryType::directory) return no_such_node();
  std::unique_lock hold(mutex_);
  const auto [known, is_new] = numbers_.try_emplace(node, static_cast<std::uint32_t>(directories_.size()));
  if (is_new) directories_.push_back({node, std::string(found.in->object(found.row()))});
  return known->second;
}

Result<MountedTree::HeldPtr> MountedTree::held(std::uint32_t directory) {
  std::string object;
  {
    std::shared_lock hold(mutex_);
    if (directory >= directories_.size()) return no_such_node();
    if (directories_[directory].fixed) return directories_[directory].fixed;
    object = directories_[directory].object;
  }
  using Priced = CostedCache<std::string, HeldDirectory>::Priced;
  return held_.get(object, [&]() -> Result<Priced> {
    HeldDirectory read;
    const DirEntry self{.type = EntryType::directory, .object = object};
    const auto take = [&](DirEntry&& entry) { return read.add(entry), Result<>(); };
    TRY(visit_directory(repository_, self, take, stop_));
    read.finish();
    const std::uint64_t bytes = read.bytes();
    return Priced{std::make_shared<const HeldDirectory>(std::move(read)), bytes};
  });
}

Result<MountedTree::Found> MountedTree::entry(std::uint64_t node) {
  if (node < kFirstEntry) return no_such_node();
  const HeldPtr in = TRY(held(directory_in(node)));
  if (index_in(node) >= in->size()) return no_such_node();
  return Found{in, index_in(node)};
}

struct stat MountedTree::status_of(std::uint64_t node, const HeldDirectory::Row& row) const {
  struct stat status{};
  status.st_ino = node;
  status.st_mode = type_bits(row.type) | (row.type == EntryType::symlink ? 0777 : row.mode & 07777);
  status.st_nlink = 1;
  status.st_uid = row.uid;
  status.st_gid = row.gid;
  status.st_size = static_cast<off_t>(row.size);
  status.st_blksize = 128 << 10;
  status.st_blocks = static_cast<blkcnt_t>((row.size + kBlockBytes - 1) / kBlockBytes);
  status.st_mtim = to_timespec(row.modified);
  status.st_atim = status.st_ctim = status.st_mtim;
  return status;
}

os::SysResult<struct stat> MountedTree::status(std::uint64_t node) {
  if (node == kRootNode) return {status_of(node, root_)};
  const Result<Found> found = entry(node);
  if (!found.ok()) return os::SysResult<struct stat>::failed(told(node, found.error()));
  return {status_of(node, found->row())};
}

os::SysResult<struct stat> MountedTree::find(std::uint64_t directory, std::string_view name) {
  using Outcome = os::SysResult<struct stat>;
  const Result<std::uint32_t> number = number_of(directory);
  if (!number.ok()) return Outcome::failed(told(directory, number.error()));
  const Result<HeldPtr> in = held(*number);
  if (!in.ok()) return Outcome::failed(told(directory, in.error()));
  const std::optional<std::size_t> index = (*in)->find(name);
  if (!index) return Outcome::failed(ENOENT);
  return {status_of(node_of(*number, *index), (*in)->row(*index))};
}

os::SysStatus MountedTree::list(std::uint64_t directory, std::uint64_t from, const Visit& visit) {
  const Result<std::uint32_t> number = number_of(directory);
  if (!number.ok()) return {told(directory, number.error())};
  const Result<HeldPtr> in = held(*number);
  if (!in.ok()) return {told(directory, in.error())};
  for (std::uint64_t index = from; index < (*in)->size(); ++index) {
    const HeldDirectory::Row& row = (*in)->row(index);
    // Of several with one name the first is found; the others would be shown and not be there.
    if ((*in)->find((*in)->name(row)) != index) continue;
    if (!visit((*in)->name(row), status_of(node_of(*number, index), row))) break;
  }
  return {};
}

os::SysResult<std::string> MountedTree::link_target(std::uint64_t node) {
  const auto read = [&]() -> Result<std::string> {
    const Found found = TRY(entry(node));
    if (found.row().type != EntryType::symlink) return no_such_node();
    std::string target;
    TRY(repo::read_object(
        repository_, TRY(repo::ObjectId::parse(found.in->object(found.row()))),
        [&](ByteView piece) -> Result<> {
          target += as_text(piece);
          if (target.size() > kLongestTarget) return Error(Code::corrupt, "the link's target is too long");
          return {};
        },
        stop_, 1));
    return target;
  };
  Result<std::string> target = read();
  if (!target.ok()) return os::SysResult<std::string>::failed(told(node, target.error()));
  return {*std::move(target)};
}

Result<std::shared_ptr<const MountedTree::OpenFile>> MountedTree::open_entry(std::uint64_t node) {
  const Found found = TRY(entry(node));
  if (found.row().type != EntryType::file) {
    return Error(Code::unsupported, "it is neither a file nor a directory nor a link");
  }
  const auto object = TRY(repo::ObjectId::parse(found.in->object(found.row())));
  std::vector<repo::ObjectChunk> chunks = TRY(repo::chunks_of(repository_, object, stop_));
  if (chunks.size() == 1) chunks.front().length = found.row().size;
  auto file = std::make_shared<OpenFile>();
  file->node = node;
  file->size = found.row().size;
  std::uint64_t end = 0;
  for (repo::ObjectChunk& chunk : chunks) {
    const std::uint64_t begin = std::exchange(end, end + chunk.length.value_or(0));
    file->pieces.push_back({begin, std::move(chunk)});
  }
  if (end != file->size) return Error(Code::corrupt, "its list of chunks has not the length that its directory says");
  return std::shared_ptr<const OpenFile>(std::move(file));
}

os::SysResult<std::uint64_t> MountedTree::open(std::uint64_t node) {
  Result<std::shared_ptr<const OpenFile>> file = open_entry(node);
  if (!file.ok()) return os::SysResult<std::uint64_t>::failed(told(node, file.error()));
  return {opened_.with([&](Opened& opened) {
    opened.files.emplace(opened.next, *std::move(file));
    return opened.next++;
  })};
}

void MountedTree::close(std::uint64_t opened) {
  opened_.with([&](Opened& all) { all.files.erase(opened); });
}

os::SysResult<std::size_t> MountedTree::read(std::uint64_t opened, std::uint64_t offset, MutableByteView into) {
  const auto file = opened_.with([&](Opened& all) {
    const auto found = all.files.find(opened);
    return found == all.files.end() ? nullptr : found->second;
  });
  if (!file) return os::SysResult<std::size_t>::failed(EBADF);
  const Result<std::size_t> got = read_open(*file, offset, into);
  if (!got.ok()) return os::SysResult<std::size_t>::failed(told(file->node, got.error()));
  return {*got};
}

Result<std::size_t> MountedTree::read_open(const OpenFile& file, std::uint64_t offset, MutableByteView into) {
  using Priced = CostedCache<std::string, Bytes>::Priced;
  std::size_t done = 0;
  auto piece = std::ranges::upper_bound(file.pieces, offset, {}, &OpenFile::Piece::begin);
  if (piece != file.pieces.begin()) --piece;
  for (; piece != file.pieces.end() && done < into.size() && offset + done < file.size; ++piece) {
    const repo::ObjectChunk& chunk = piece->chunk;
    const std::uint64_t within = offset + done - piece->begin;
    if (within >= chunk.length.value_or(0)) continue;  // one that is empty
    const auto bytes = TRY(contents_.get(to_string(chunk.content), [&]() -> Result<Priced> {
      // With its length, so that one that lies is not kept.
      auto plain = std::make_shared<const Bytes>(TRY(repo::read_chunk(repository_, chunk, stop_)));
      const std::uint64_t cost = plain->size() + 200;
      return Priced{std::move(plain), cost};
    }));
    if (bytes->size() != *chunk.length) return Error(Code::corrupt, "a chunk has not the length that its list says");
    const std::size_t size = std::min<std::uint64_t>(bytes->size() - within, into.size() - done);
    std::ranges::copy(ByteView(*bytes).subspan(static_cast<std::size_t>(within), size),
                      into.begin() + static_cast<std::ptrdiff_t>(done));
    done += size;
  }
  return done;
}

// An error is told once for each node, and of so many.
int MountedTree::told(std::uint64_t node, const Error& error) {
  if (error.code() == Code::cancelled || error.code() == Code::expired) return errno_of(error.code());
  const std::string path = path_of(node);
  told_.with([&](std::set<std::uint64_t>& known) {
    if (known.size() < kMostTold && known.insert(node).second) problem_(path, error);
  });
  return errno_of(error.code());
}

std::string MountedTree::path_of(std::uint64_t node) {
  std::string path;
  while (node != kRootNode) {
    const Result<Found> found = entry(node);
    const std::string name(found.ok() ? found->in->name(found->row()) : "?");
    path = path.empty() ? name : name + "/" + path;
    std::shared_lock hold(mutex_);
    const std::uint32_t directory = node < kFirstEntry ? 0 : directory_in(node);
    node = directory < directories_.size() ? directories_[directory].node : kRootNode;
  }
  return path.empty() ? "the root" : path;
}

}  // namespace salvor::snapshot
