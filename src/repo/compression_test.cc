#include "repo/compression.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/source_directory_testing.h"
#include "codec/samples_testing.h"

namespace salvor::repo {
namespace {

using codec::repeated;
using codec::sample_lines;

constexpr std::string_view kNames[] = {"gzip",
                                       "gzip-best-speed",
                                       "gzip-best-compression",
                                       "zstd",
                                       "zstd-fastest",
                                       "zstd-better-compression",
                                       "zstd-best-compression",
                                       "s2-default",
                                       "s2-better",
                                       "s2-parallel-4",
                                       "s2-parallel-8",
                                       "pgzip",
                                       "pgzip-best-speed",
                                       "pgzip-best-compression",
                                       "lz4",
                                       "deflate-default",
                                       "deflate-best-speed",
                                       "deflate-best-compression"};
constexpr std::string_view kWritten[] = {
    "gzip",         "gzip-best-speed",         "gzip-best-compression", "zstd",
    "zstd-fastest", "zstd-better-compression", "zstd-best-compression", "s2-default"};

// What the compressor of that name in kopia 0.23.1 (lz4: 0.22.3) made of sample_lines(12), or, with ".long", of
// sample_lines(100) 1300 times. The files are seeds of the fuzz target too.
Bytes golden(std::string_view name) {
  std::ifstream file(source_directory() + "/fuzz/corpus/compression/" + std::string(name), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

std::string read_back(std::uint32_t id, ByteView stored, std::size_t limit = 64 << 20) {
  auto content = Decompressor().decompress(id, stored, limit);
  return content.ok() ? std::string(as_text(*content)) : "error: " + content.error().message();
}

TEST(Compression, ReadsWhatEveryCompressorOfStockWrites) {
  for (const std::string_view name : kNames) {
    const Bytes stored = golden(name);
    EXPECT_EQ(read_back(*compression_id(name), stored), sample_lines(12)) << name;
    auto by_header = Decompressor().decompress_by_header(stored, 1000);
    ASSERT_TRUE(by_header.ok()) << name;
    EXPECT_EQ(as_text(*by_header), sample_lines(12)) << name;
  }
}

TEST(Compression, ReadsContentsOfSeveralBlocks) {
  const std::string text = repeated(sample_lines(100), 1300);
  for (const std::string_view name : {"zstd", "zstd-fastest", "zstd-best-compression", "s2-default", "s2-better"}) {
    EXPECT_EQ(read_back(*compression_id(name), golden(std::string(name) + ".long")), text) << name;
  }
}

TEST(Compression, ComesBackFromEveryCompressorThatIsWritten) {
  for (const std::string_view name : kWritten) {
    const std::uint32_t id = *compression_id(name);
    auto compressor = Compressor::create(id);
    ASSERT_TRUE(compressor.ok()) << name;
    for (const int lines : {12, 1000, 100'000}) {
      const auto stored = compressor->compress(as_bytes(sample_lines(lines)));
      ASSERT_TRUE(stored.has_value()) << name;
      EXPECT_LT(stored->size(), sample_lines(lines).size());
      EXPECT_EQ(read_back(id, *stored, sample_lines(lines).size()), sample_lines(lines)) << name;
    }
  }
}

TEST(Compression, LeavesAContentAloneThatDoesNotGetSmaller) {
  for (const std::string_view name : kWritten) {
    auto compressor = Compressor::create(*compression_id(name));
    EXPECT_FALSE(compressor->compress({}).has_value()) << name;
    EXPECT_FALSE(compressor->compress(as_bytes("a")).has_value()) << name;
    EXPECT_FALSE(compressor->compress(codec::sample_noise(100'000)).has_value()) << name;
  }
}

TEST(Compression, EndsAtTheLimit) {
  for (const std::string_view name : kNames) {
    const std::size_t size = sample_lines(12).size();
    EXPECT_EQ(read_back(*compression_id(name), golden(name), size), sample_lines(12)) << name;
    EXPECT_TRUE(read_back(*compression_id(name), golden(name), size - 1).ends_with("more than the limit")) << name;
    EXPECT_TRUE(read_back(*compression_id(name), golden(name), 0).ends_with("more than the limit")) << name;
  }
}

TEST(Compression, NoticesEveryTruncation) {
  for (const std::string_view name : kNames) {
    const Bytes stored = golden(name);
    for (std::size_t size = 0; size < stored.size(); ++size) {
      const std::string content = read_back(*compression_id(name), ByteView(stored).first(size));
      // Streams of zstd and S2 may be empty, and one of S2 ends where it likes: the caller knows how long it should be.
      EXPECT_TRUE(content.starts_with("error: ") || (content.empty() && size <= 14)) << name << " " << size;
    }
  }
}

TEST(Compression, RefusesAnotherHeaderThanTheIndexTells) {
  auto content = Decompressor().decompress(*compression_id("zstd"), golden("zstd-fastest"), 1000);
  EXPECT_EQ(content.error().code(), Code::corrupt);
  EXPECT_EQ(Decompressor().decompress(0x1100, {}, 1000).error().code(), Code::corrupt);
  EXPECT_EQ(Decompressor().decompress_by_header(as_bytes("\x11"), 1000).error().code(), Code::corrupt);
}

TEST(Compression, KnowsNamesAndIds) {
  EXPECT_EQ(compression_id("zstd-fastest"), 0x1101U);
  EXPECT_EQ(compression_name(0x1300), "pgzip");
  EXPECT_EQ(compression_id("none"), std::nullopt);
  EXPECT_EQ(compression_name(0x1104), std::nullopt);
  EXPECT_EQ(Compressor::create(0x1104).error().code(), Code::unsupported);
  EXPECT_EQ(Compressor::create(0x1400).error().code(), Code::unsupported);
  auto unknown = Decompressor().decompress_by_header(as_bytes("abcd"), 1000);
  EXPECT_EQ(unknown.error().code(), Code::unsupported);
  EXPECT_EQ(unknown.error().message(), "a content is compressed in an unknown way: 0x61626364");
}

}  // namespace
}  // namespace salvor::repo
