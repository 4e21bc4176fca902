#include "snapshot/file_writer.h"

#include <algorithm>
#include <map>
#include <memory>

#include "repo/object_writer.h"
#include "repo/splitter.h"

namespace salvor::snapshot {

// How a file is stored.
struct FileWriter::How {
  std::string_view splitter;
  repo::ObjectOptions object;
  std::uint64_t section_bytes;  // 0: the whole file is one
};

// What was read of a small file: which bytes, and where they are cut.
struct FileWriter::Read {
  std::size_t entry;
  std::size_t begin;
  std::vector<std::size_t> ends;
  How how;
};

namespace {

Error changed_while_read() {
  return Error(Code::conflict, "it changed while it was read, and what was read of it is saved");
}

std::vector<std::size_t> lengths_of(const repo::ChunkBatch& batch) {
  std::vector<std::size_t> lengths;
  for (const ByteView chunk : batch.chunks()) lengths.push_back(chunk.size());
  return lengths;
}

// Those from the beginning on that have their ids.
std::vector<repo::IndirectEntry> written_chunks(const LargeFile& file) {
  std::vector<repo::IndirectEntry> chunks;
  std::uint64_t start = 0;
  for (const LargeFile::Part& part : file.parts) {
    if (part.ids.empty()) break;
    for (std::size_t i = 0; i < part.ids.size(); ++i) {
      chunks.push_back({start, part.lengths[i], to_string(part.ids[i])});
      start += part.lengths[i];
    }
  }
  return chunks;
}

// Where an object of these bytes ends its chunks; an empty one has one, too.
std::vector<std::size_t> cut(ByteView bytes, repo::Splitter& splitter) {
  splitter.restart();
  std::vector<std::size_t> ends;
  std::size_t at = 0;
  // No chunk but the last is shorter than a quarter of the longest.
  while (bytes.size() - at >= splitter.max_chunk_bytes() / 4) {
    const std::optional<std::size_t> end = splitter.next_cut(bytes.subspan(at));
    if (!end) break;
    ends.push_back(at += *end);
  }
  if (at < bytes.size() || ends.empty()) ends.push_back(bytes.size());
  return ends;
}

}  // namespace

FileWriter::How FileWriter::how_of(const Storing& storing) const {
  return {storing.splitter.empty() ? std::string_view(splitter_) : storing.splitter,
          {.compression = storing.compression, .list_compression = storing.list_compression},
          storing.section_bytes};
}

Result<> FileWriter::write(FileGroup& group, const FileProblem& problem, std::stop_token stop) {
  std::map<std::string_view, std::unique_ptr<repo::Splitter> > splitters;
  Bytes bytes;
  bytes.reserve(group.bytes + group.entries.size());
  std::vector<Read> small;
  std::vector<bool> is_lost(group.entries.size());
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    DirEntry& entry = group.entries[i];
    const std::size_t begin = bytes.size();
    const Storing storing = group.in->rules->storing_of(entry);
    const bool has_sections =
        entry.type == EntryType::file && storing.section_bytes > 0 && entry.size > storing.section_bytes;
    Result<bool> is_read =
        has_sections || entry.size > kMostGroupBytes ? Result<bool>(false) : read_small(group, entry, bytes, problem);
    if (is_read.ok() && *is_read) {
      const How how = how_of(storing);
      std::unique_ptr<repo::Splitter>& splitter = splitters[how.splitter];
      if (!splitter) splitter = TRY(repo::make_splitter(how.splitter));
      small.push_back({i, begin, cut(ByteView(bytes).subspan(begin), *splitter), how});
      continue;
    }
    bytes.resize(begin);
    bool is_ours = false;  // whether an error is of the repository
    const auto write_open = [&]() -> Result<> {
      SourceFile source = TRY(group.directory->open_file(entry.name));
      return write(*group.in, source, entry, storing, problem, is_ours, stop);
    };
    const Result<> written = is_read.ok() ? write_open() : std::move(is_read).error();
    if (written.ok()) continue;
    if (is_ours || written.error().code() == Code::cancelled) return written.error().clone();
    problem(entry, written.error(), false);
    is_lost[i] = true;
  }
  TRY(write_small(group, small, bytes, std::move(stop)));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < group.entries.size(); ++i) {
    if (is_lost[i]) continue;
    if (kept != i) group.entries[kept] = std::move(group.entries[i]);
    ++kept;
  }
  group.entries.resize(kept);
  return {};
}

// False when it has grown beyond what is read so.
Result<bool> FileWriter::read_small(const FileGroup& group, DirEntry& entry, Bytes& bytes,
                                    const FileProblem& problem) const {
  if (entry.type == EntryType::symlink) {
    const std::string target = TRY(group.directory->read_link(entry.name));
    entry.size = target.size();
    append(bytes, as_bytes(target));
    return true;
  }
  SourceFile file = TRY(group.directory->open_file(entry.name));
  if (file.size_when_opened() > kMostGroupBytes) return false;
  const std::size_t begin = bytes.size(), room = file.size_when_opened() + 1;
  const std::size_t got = TRY(file.read({extend(bytes, room), room}));
  bytes.resize(begin + got);
  if (got == room) return false;
  file.describe(entry);
  if (TRY(file.has_changed())) problem(entry, changed_while_read(), true);
  bytes_ += got;
  return true;
}

Result<> FileWriter::write_small(FileGroup& group, std::vector<Read>& all, const Bytes& bytes, std::stop_token stop) {
  std::vector<repo::NewContent> contents;
  for (const Read& read : all) {
    std::size_t at = 0;
    for (const std::size_t end : read.ends) {
      contents.push_back({0, ByteView(bytes).subspan(read.begin + at, end - at), read.how.object.compression});
      at = end;
    }
  }
  const std::vector<repo::ContentId> ids = TRY(contents_.write_all(contents, stop));
  std::size_t next = 0;
  for (const Read& read : all) {
    std::vector<repo::IndirectEntry> chunks;
    std::uint64_t start = 0;
    for (std::size_t i = 0; i < read.ends.size(); ++i, ++next) {
      chunks.push_back({start, contents[next].bytes.size(), to_string(ids[next])});
      start += contents[next].bytes.size();
    }
    group.entries[read.entry].object =
        TRY(repo::join_chunks(contents_, splitter_, std::move(chunks), read.how.object, stop));
  }
  return {};
}

Result<> FileWriter::write(UploadNode& in, SourceFile& source, DirEntry& entry, const Storing& storing,
                           const FileProblem& problem, bool& is_ours, std::stop_token stop) {
  const How how = how_of(storing);
  const auto file = std::make_shared<LargeFile>();
  file->entry = entry;
  file->object = how.object;
  {
    std::lock_guard hold(in.lock);
    in.reading.push_back(file);
  }
  Result<> written = write_large(source, entry, how, file, is_ours, std::move(stop));
  if (!written.ok() && written.error().code() == Code::cancelled) return written;  // a last checkpoint may want it
  {
    std::lock_guard hold(in.lock);
    std::erase(in.reading, file);
  }
  TRY(std::move(written));
  source.describe(entry);
  if (const Result<bool> changed = source.has_changed(); changed.ok() && *changed) {
    problem(entry, changed_while_read(), true);
  }
  return {};
}

Result<> FileWriter::write_large(SourceFile& source, DirEntry& entry, const How& how,
                                 const std::shared_ptr<LargeFile>& file, bool& is_ours, std::stop_token stop) {
  // As many full sections as the file had when it was listed, and one more that takes what has come since.
  const std::uint64_t most = how.section_bytes, full = most > 0 && entry.size > most ? entry.size / most : 0;
  for (std::uint64_t i = 0; i < full; ++i) TRY(read_section(source, most, how, file, is_ours, stop));
  TRY(read_section(source, UINT64_MAX, how, file, is_ours, stop));
  is_ours = true;
  const auto write_others = [&](UploadWork::ChunkJob job) { return write(std::move(job), stop); };
  TRY(work_.wait_for(*file, write_others, stop));
  entry.object = TRY(repo::join_chunks(contents_, splitter_, written_chunks(*file), how.object, std::move(stop)));
  is_ours = false;
  return {};
}

// Batches are handed on while there is memory for the next one, and else written here.
Result<> FileWriter::read_section(SourceFile& source, std::uint64_t most, const How& how,
                                  const std::shared_ptr<LargeFile>& file, bool& is_ours, std::stop_token stop) {
  const auto ours = [&](auto outcome) {
    is_ours = !outcome.ok();
    return outcome;
  };
  const auto write_others = [&](UploadWork::ChunkJob job) { return write(std::move(job), stop); };
  UploadWork::Memory memory = TRY(ours(work_.memory(write_others, stop)));
  repo::ChunkCutter cutter(TRY(ours(repo::make_splitter(how.splitter))), std::move(memory.room));
  std::uint64_t left = most;
  while (left > 0) {
    MutableByteView space = cutter.space();
    space = space.first(static_cast<std::size_t>(std::min<std::uint64_t>(space.size(), left)));
    const std::size_t got = TRY(source.read(space));
    if (got == 0) break;
    bytes_ += got;
    left -= got;
    if (!cutter.put(got)) continue;
    if (std::optional<UploadWork::Memory> next = work_.memory_if_free()) {
      repo::ChunkBatch batch = cutter.take(std::move(next->room));
      const std::size_t part = work_.begin_part(*file, lengths_of(batch));
      std::swap(memory, *next);
      work_.add(UploadWork::ChunkJob{file, part, std::move(batch), *std::move(next)});
    } else {
      repo::ChunkBatch batch = cutter.take();
      const std::size_t part = work_.begin_part(*file, lengths_of(batch));
      TRY(ours(write_part(*file, part, batch, stop)));
      cutter.go_on_in(std::move(batch.bytes));
    }
    TRY(ours(rest_(stop)));
  }
  repo::ChunkBatch batch = cutter.finish();
  if (left == most) batch.ends.push_back(0);  // a section of nothing has a chunk, too
  if (!batch.ends.empty()) {
    const std::size_t part = work_.begin_part(*file, lengths_of(batch));
    TRY(ours(write_part(*file, part, batch, std::move(stop))));
  }
  memory.room = std::move(batch.bytes);
  return {};
}

Result<std::optional<DirEntry> > FileWriter::so_far(const LargeFile& file, std::stop_token stop) {
  std::vector<repo::IndirectEntry> chunks = written_chunks(file);
  if (chunks.empty()) return std::optional<DirEntry>();
  DirEntry entry = file.entry;
  entry.size = chunks.back().end();
  entry.object = TRY(repo::join_chunks(contents_, splitter_, std::move(chunks), file.object, std::move(stop)));
  return std::optional(std::move(entry));
}

Result<> FileWriter::write(UploadWork::ChunkJob job, std::stop_token stop) {
  TRY(write_part(*job.file, job.part, job.batch, std::move(stop)));
  job.memory.room = std::move(job.batch.bytes);
  return {};
}

Result<> FileWriter::write_part(LargeFile& file, std::size_t part, const repo::ChunkBatch& batch,
                                std::stop_token stop) {
  std::vector<repo::NewContent> contents;
  for (const ByteView chunk : batch.chunks()) contents.push_back({0, chunk, file.object.compression});
  work_.end_part(file, part, TRY(contents_.write_all(contents, std::move(stop))));
  return {};
}

}  // namespace salvor::snapshot
