#include "repo/chunk_cutter.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kMostSpace = 256 << 10;  // read and cut while it is in the processor's cache

}  // namespace

std::vector<ByteView> ChunkBatch::chunks() const {
  std::vector<ByteView> views;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    views.push_back(ByteView(bytes).subspan(begin, end - begin));
    begin = end;
  }
  return views;
}

ChunkCutter::ChunkCutter(std::unique_ptr<Splitter> splitter, Bytes memory) : splitter_(std::move(splitter)) {
  go_on_in(std::move(memory));
}

void ChunkCutter::go_on_in(Bytes memory) {
  memory.clear();
  memory.reserve(least_room(*splitter_));
  append(memory, ByteView(batch_.bytes).first(filled_));
  batch_.bytes = std::move(memory);
  capacity_ = batch_.bytes.capacity();
}

MutableByteView ChunkCutter::space() {
  const std::size_t room = std::min(capacity_ - filled_, kMostSpace);
  batch_.bytes.resize(filled_ + room);
  return MutableByteView(batch_.bytes).subspan(filled_);
}

bool ChunkCutter::put(std::size_t bytes) {
  CHECK(bytes <= batch_.bytes.size() - filled_);
  ByteView piece = ByteView(batch_.bytes).subspan(filled_, bytes);
  filled_ += bytes;
  while (const std::optional<std::size_t> cut = splitter_->next_cut(piece)) {
    piece = piece.subspan(*cut);
    batch_.ends.push_back(filled_ - piece.size());
    if (piece.empty()) break;
  }
  return filled_ == capacity_;
}

ChunkBatch ChunkCutter::take(std::optional<Bytes> memory) {
  const std::size_t whole = batch_.ends.empty() ? 0 : batch_.ends.back();
  ChunkBatch rest;
  if (memory) {
    rest.bytes = *std::move(memory);
    rest.bytes.clear();
    rest.bytes.reserve(least_room(*splitter_));
    capacity_ = rest.bytes.capacity();
  }
  append(rest.bytes, ByteView(batch_.bytes).subspan(whole, filled_ - whole));
  filled_ -= whole;
  batch_.bytes.resize(whole);
  return std::exchange(batch_, std::move(rest));
}

ChunkBatch ChunkCutter::finish() {
  batch_.bytes.resize(filled_);
  if (filled_ > (batch_.ends.empty() ? 0 : batch_.ends.back())) batch_.ends.push_back(filled_);
  filled_ = 0;
  return std::move(batch_);
}

}  // namespace salvor::repo
