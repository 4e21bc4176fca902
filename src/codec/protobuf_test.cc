#include "codec/protobuf.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace salvor::codec {
namespace {

using namespace std::literals;

std::string fields_of(std::string_view message) {
  ProtobufReader reader(message);
  std::string told;
  for (ProtobufField field; reader.next(field);) {
    told += std::to_string(field.number) + "=";
    told += field.type == WireType::bytes ? "'" + std::string(field.bytes) + "'" : std::to_string(field.value);
    told += ' ';
  }
  return told + (reader.malformed() ? "malformed" : "end");
}

// The examples of protobuf.dev/programming-guides/encoding.
TEST(ProtobufReader, ReadsThePublishedExamples) {
  EXPECT_EQ(fields_of("\x08\x96\x01"sv), "1=150 end");
  EXPECT_EQ(fields_of("\x12\x07testing"sv), "2='testing' end");
  EXPECT_EQ(fields_of("\x1a\x03\x08\x96\x01"sv), "3='\x08\x96\x01' end");
  EXPECT_EQ(fields_of(""), "end");
}

TEST(ProtobufReader, ReadsFixedNumbersAndTheHighestFieldNumber) {
  EXPECT_EQ(fields_of("\x0d\x01\x02\x00\x80\x11\xff\xff\xff\xff\xff\xff\xff\xff"sv),
            "1=2147484161 2=18446744073709551615 end");
  EXPECT_EQ(fields_of("\xf8\xff\xff\xff\x0f\x05"sv), "536870911=5 end");
}

TEST(ProtobufReader, RefusesWhatIsNoField) {
  EXPECT_EQ(fields_of("\x00\x01"sv), "malformed");                                       // number 0
  EXPECT_EQ(fields_of("\x0b\x0c"sv), "malformed");                                       // a group
  EXPECT_EQ(fields_of("\x0e\x01"sv), "malformed");                                       // wire type 6
  EXPECT_EQ(fields_of("\x80\x80\x80\x80\x10\x05"sv), "malformed");                       // number 2^29
  EXPECT_EQ(fields_of("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"sv), "malformed");  // size 2^64 - 1
  EXPECT_EQ(fields_of("\x08\x05\x0a\x02x"sv), "1=5 malformed");
}

TEST(ProtobufReader, AMessageCutAnywhereButBetweenFieldsIsMalformed) {
  const std::string message("\x08\x96\x01\x12\x07testing\x1d\x01\x02\x03\x04\x21\x01\x02\x03\x04\x05\x06\x07\x08", 26);
  const std::vector<std::size_t> ends = {0, 3, 12, 17, 26};
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const bool whole = std::find(ends.begin(), ends.end(), size) != ends.end();
    EXPECT_EQ(fields_of(std::string_view(message).substr(0, size)).ends_with("end"), whole) << size;
  }
}

TEST(Varint, HoldsSixtyFourBitsAndNoMore) {
  std::uint64_t value = 0;
  std::string_view most = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01rest";
  EXPECT_TRUE(take_varint(most, value));
  EXPECT_EQ(value, ~std::uint64_t{0});
  EXPECT_EQ(most, "rest");
  std::string_view more = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  EXPECT_FALSE(take_varint(more, value));
  EXPECT_EQ(more.size(), 10U);
}

TEST(Varint, IsReadAsItWasWritten) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{300},
                                    std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    Bytes bytes;
    append_varint(bytes, value);
    std::string_view text = as_text(bytes);
    std::uint64_t read = 0;
    EXPECT_TRUE(take_varint(text, read)) << value;
    EXPECT_EQ(read, value);
    EXPECT_TRUE(text.empty());
  }
  Bytes published;
  append_varint(published, 150);  // protobuf.dev/programming-guides/encoding
  EXPECT_EQ(as_text(published), "\x96\x01");
}

}  // namespace
}  // namespace salvor::codec
