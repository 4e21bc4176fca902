#include "codec/pax.h"

#include <gmock/gmock.h>

#include <chrono>

#include "codec/tar.h"

namespace salvor::codec {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Time at_nanoseconds(std::int64_t count) { return Time(Duration(count)); }

std::string header_of(const PaxEntry& entry) {
  Bytes out;
  append_pax_header(out, entry);
  EXPECT_EQ(out.size() % kTarBlock, 0U);
  return std::string(as_text(out));
}

TEST(Pax, AnOrdinaryFileTakesOneBlock) {
  const std::string header = header_of({.name = "a/b",
                                        .mode = 04755,
                                        .uid = 1000,
                                        .gid = 100,
                                        .size = 5,
                                        .modified = Time(std::chrono::seconds(1'600'000'000))});
  ASSERT_EQ(header.size(), kTarBlock);
  EXPECT_EQ(header.substr(0, 4), std::string("a/b\0", 4));
  EXPECT_EQ(header.substr(100, 48), std::string("0004755\0"
                                                "0001750\0"
                                                "0000144\0"
                                                "00000000005\0"
                                                "13727410000\0",
                                                48));
  EXPECT_EQ(header[156], '0');
  EXPECT_EQ(header.substr(257, 8), std::string("ustar\0"
                                               "00",
                                               8));
}

TEST(Pax, WhatUstarCannotHoldStandsInRecordsBeforeIt) {
  const std::string long_name(300, 'n');
  const std::string header = header_of({.name = long_name,
                                        .uid = 3'000'000'000,
                                        .gid = 4'000'000'000,
                                        .size = std::uint64_t{1} << 40,
                                        .modified = at_nanoseconds(1'600'000'000'123'456'789)});
  EXPECT_EQ(header[156], 'x');
  EXPECT_THAT(header, HasSubstr("310 path=" + long_name + "\n"));
  EXPECT_THAT(header, HasSubstr("\n18 uid=3000000000\n"));
  EXPECT_THAT(header, HasSubstr("18 gid=4000000000\n"));
  EXPECT_THAT(header, HasSubstr("22 size=1099511627776\n"));
  EXPECT_THAT(header, HasSubstr("30 mtime=1600000000.123456789\n"));
}

TEST(Pax, NamesThatAreNotAsciiAndLongTargetsOfLinksAreWritten) {
  const std::string header = header_of({.type = PaxType::symlink, .name = "ссылка", .link = std::string(101, 't')});
  EXPECT_THAT(header, HasSubstr(" path=ссылка\n"));
  EXPECT_THAT(header, HasSubstr("115 linkpath=" + std::string(101, 't') + "\n"));
  EXPECT_THAT(header, Not(HasSubstr("mtime=")));
  EXPECT_EQ(header[header.size() - kTarBlock + 156], '2');
}

TEST(Pax, TimesBeforeTheEpochKeepTheirFraction) {
  EXPECT_THAT(header_of({.name = "a", .modified = at_nanoseconds(-1'500'000'000)}), HasSubstr(" mtime=-1.500000000\n"));
  EXPECT_THAT(header_of({.name = "a", .modified = Time::min()}), HasSubstr(" mtime=-9223372036.854775808\n"));
  EXPECT_THAT(header_of({.name = "a", .modified = Time::max()}), HasSubstr(" mtime=9223372036.854775807\n"));
}

}  // namespace
}  // namespace salvor::codec
