#include "kube/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace salvor::kube {
namespace {

std::string authorization(Authenticator& authenticator) {
  net::HttpRequest request;
  if (Result<> done = authenticator.authenticate(request, {}); !done.ok()) return "ERROR " + done.error().message();
  return request.headers.empty() ? "none" : request.headers.front().second;
}

TEST(Credentials, AddTheirHeader) {
  EXPECT_EQ(authorization(*no_credentials()), "none");
  EXPECT_EQ(authorization(*bearer_token("t0ken")), "Bearer t0ken");
  EXPECT_EQ(authorization(*basic_credentials("ann", "pass:word")), "Basic YW5uOnBhc3M6d29yZA==");
}

class TokenFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salvor-token-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& token) { std::ofstream(root_ + "/token") << token; }

  std::string root_;
  FakeClock clock_;
};

TEST_F(TokenFileTest, IsReadOnceAMinute) {
  write("one\n");
  const auto token = token_from_file(LocalFiles(root_), "/token", "", clock_);
  EXPECT_EQ(authorization(*token), "Bearer one");
  write("two");
  clock_.advance(std::chrono::seconds(59));
  EXPECT_EQ(authorization(*token), "Bearer one");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(authorization(*token), "Bearer two");
}

TEST_F(TokenFileTest, IsReadAgainAfterARefusal) {
  write("one");
  const auto token = token_from_file(LocalFiles(root_), "/token", "", clock_);
  EXPECT_EQ(authorization(*token), "Bearer one");
  EXPECT_FALSE(token->refresh_after_unauthorized()) << "the same token would be refused again";
  write("two");
  EXPECT_TRUE(token->refresh_after_unauthorized());
  EXPECT_EQ(authorization(*token), "Bearer two");
}

TEST_F(TokenFileTest, KeepsTheLastTokenWhileTheFileIsAwayOrEmpty) {
  write("one");
  const auto token = token_from_file(LocalFiles(root_), "/token", "", clock_);
  EXPECT_EQ(authorization(*token), "Bearer one");
  std::filesystem::remove(root_ + "/token");
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(authorization(*token), "Bearer one");
  write("");
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(authorization(*token), "Bearer one");
}

TEST_F(TokenFileTest, UsesTheFallbackOnlyWithoutAFile) {
  const auto token = token_from_file(LocalFiles(root_), "/token", "spare", clock_);
  EXPECT_EQ(authorization(*token), "Bearer spare");
  write("one");
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(authorization(*token), "Bearer one");
}

TEST_F(TokenFileTest, SaysWhichFileIsMissing) {
  const auto token = token_from_file(LocalFiles(root_), "/token", "", clock_);
  EXPECT_EQ(authorization(*token), "ERROR token file: cannot read /token: No such file or directory");
}

}  // namespace
}  // namespace salvor::kube
