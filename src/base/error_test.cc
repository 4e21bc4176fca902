#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "base/result.h"

namespace salvor {
namespace {

Error full_disk() { return Error(Code::out_of_space, "No space left").hint("Free some."); }

TEST(Error, PrintsOuterSentencesFirst) {
  const Error error = full_disk().context("write /x").context("backup nightly");
  EXPECT_EQ(error.message(), "backup nightly: write /x: No space left");
  EXPECT_EQ(to_string(error), "backup nightly: write /x: No space left\nFree some.");
  EXPECT_EQ(to_string(Error(Code::invalid, "no")), "no");
}

TEST(Error, KeepsTheInnermostHint) { EXPECT_EQ(full_disk().hint("Ask your administrator.").hint(), "Free some."); }

TEST(Error, ClonesEverything) {
  const Error error = full_disk().retry_after(std::chrono::milliseconds(70));
  const Error copy = error.clone();
  EXPECT_EQ(to_string(copy), to_string(error));
  EXPECT_EQ(copy.code(), Code::out_of_space);
  EXPECT_EQ(copy.retry_after(), std::chrono::milliseconds(70));
}

TEST(Error, IsOnePointerWide) { EXPECT_EQ(sizeof(Error), sizeof(void*)); }

TEST(Error, OnlyPassingTroublesAreRetryable) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
    const Code code = static_cast<Code>(i);
    const bool passing = code == Code::unavailable || code == Code::deadline || code == Code::throttled;
    EXPECT_EQ(is_retryable(code), passing) << to_string(code);
  }
}

TEST(Error, CodesHaveDifferentNames) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) names.insert(to_string(static_cast<Code>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Code::internal) + 1);
}

TEST(ErrnoError, GivesTheMeaningOfErrno) {
  const struct {
    int value;
    Code code;
  } cases[] = {{ENOENT, Code::not_found},     {EEXIST, Code::already_exists},  {EACCES, Code::denied},
               {EROFS, Code::denied},         {ENOSPC, Code::out_of_space},    {EDQUOT, Code::out_of_space},
               {EFBIG, Code::out_of_space},   {EMFILE, Code::out_of_space},    {EISDIR, Code::invalid},
               {ENAMETOOLONG, Code::invalid}, {ETIMEDOUT, Code::deadline},     {EIO, Code::unavailable},
               {ESTALE, Code::unavailable},   {ECONNRESET, Code::unavailable}, {ENOSYS, Code::unsupported}};
  for (const auto& [value, code] : cases) EXPECT_EQ(errno_error("x", value).code(), code) << value;
  EXPECT_EQ(errno_error("open /x", ENOENT).message(), "open /x: No such file or directory");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Code::invalid, std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> quarter(int number) { return TRY(half(TRY(half(number)))); }

Result<> is_even(int number) {
  TRY(half(number));
  return {};
}

TEST(Result, TryYieldsTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
  EXPECT_TRUE(is_even(2).ok());
  EXPECT_EQ(is_even(3).context("checking").error().message(), "checking: 3 is odd");
}

Result<std::unique_ptr<int>> boxed(int number) { return std::make_unique<int>(TRY(half(number))); }

TEST(Result, MovesWhatCannotBeCopied) {
  const std::unique_ptr<int> box = boxed(8).value();
  EXPECT_EQ(*box, 4);
  EXPECT_EQ(**boxed(8), 4);
  EXPECT_FALSE(boxed(7).ok());
}

struct Animal {
  virtual ~Animal() = default;
  virtual int legs() const = 0;
};
struct Bird final : Animal {
  int legs() const override { return 2; }
};
Result<std::unique_ptr<Animal>> bird() { return std::make_unique<Bird>(); }

TEST(Result, ConvertsToABase) { EXPECT_EQ(bird().value()->legs(), 2); }

TEST(Result, FallsBackToAnotherValue) {
  EXPECT_EQ(half(4).value_or(9), 2);
  EXPECT_EQ(half(5).value_or(9), 9);
}

TEST(ResultDeathTest, AbortsWhenTheWrongSideIsAskedFor) {
  EXPECT_DEATH((void)half(3).value(), "internal error");
  EXPECT_DEATH((void)half(4).error(), "internal error");
  EXPECT_DEATH(is_even(3).value(), "internal error");
}

}  // namespace
}  // namespace salvor
