#include "repo/format_key.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>

#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

FormatKey format_key_of(std::string_view text) { return FormatKey(os::Secret(text), counting_bytes(32)); }

TEST(FormatKey, OpensWhatItSealedAndNothingElse) {
  SeededRng rng(1);
  const FormatKey key = format_key_of("one");
  for (const std::size_t size : {0, 1, 1000}) {
    const Bytes plain = sample_bytes(size);
    const Bytes sealed = key.seal(plain, rng).value();
    EXPECT_EQ(sealed.size(), size + 28);
    EXPECT_EQ(key.open(sealed).value().reveal(), as_text(plain));
    EXPECT_EQ(key.copy().open(sealed).value().reveal(), as_text(plain));
    EXPECT_EQ(format_key_of("two").open(sealed).error().code(), Code::denied);
    EXPECT_EQ(FormatKey(os::Secret("one"), counting_bytes(31)).open(sealed).error().code(), Code::denied);
  }
}

TEST(FormatKey, TellsWhatIsTooShortFromAWrongPassword) {
  const FormatKey key = format_key_of("one");
  for (std::size_t size = 0; size < 28; ++size) {
    EXPECT_EQ(key.open(sample_bytes(size)).error().code(), Code::corrupt);
  }
  const auto wrong = key.open(sample_bytes(28));
  EXPECT_EQ(wrong.error().code(), Code::denied);
  EXPECT_NE(wrong.error().message().find("password"), std::string::npos);
}

// Address space that is never touched: sizes are looked at before bytes.
TEST(FormatKey, RefusesMoreThanOpenSslCountsTo) {
  const std::size_t size = (std::size_t{3} << 30) + 7;
  void* const place = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(place, MAP_FAILED);
  const ByteView huge(static_cast<const std::byte*>(place), size);
  SeededRng rng(2);
  const FormatKey key = format_key_of("one");
  EXPECT_EQ(key.open(huge).error().code(), Code::corrupt);
  EXPECT_EQ(key.open(huge.first((std::size_t{1} << 30) + 28)).error().code(), Code::corrupt);
  EXPECT_EQ(key.seal(huge, rng).error().code(), Code::invalid);
  EXPECT_EQ(FormatKey::derive(os::Secret("p"), huge, kScryptKeyAlgorithm).error().code(), Code::corrupt);
  ::munmap(place, size);
}

}  // namespace
}  // namespace salvor::repo
