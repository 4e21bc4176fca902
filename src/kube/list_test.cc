// Pages that are fetched while the one before them is still being read.
#include <gmock/gmock.h>

#include "kube/client.h"
#include "kube/proto_testing.h"
#include "kube/scripted_http_testing.h"

namespace salvor::kube {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace testing;

struct ListTest : ::testing::Test {
  static constexpr int kItems = 100;  // in a page: more than have to be seen before the next page is asked for
  ScriptedHttp http;
  NoCredentials credentials;
  FakeClock clock;
  Client client{{.server = "https://test", .user_agent = "test"}, http, credentials, clock, Log::none()};
  std::vector<std::string> items, expected;

  // The names of page number `page`, which are also added to what is expected.
  std::vector<std::string> page(int number) {
    std::vector<std::string> names;
    for (int i = 0; i < kItems; ++i) names.push_back("p" + std::to_string(number) + "-" + std::to_string(i));
    expected.insert(expected.end(), names.begin(), names.end());
    return names;
  }
  Result<ListEnd> list(const std::function<Result<>()>& at_item = [] { return Result<>(); }) {
    return client.list(secrets(), {.ns = "team", .page_limit = kItems},
                       [&](std::string_view item) -> Result<> {
                         const auto start = item.find(R"("name":")") + 8;
                         items.emplace_back(item.substr(start, item.find('"', start) - start));
                         return at_item();
                       },
                       {});
  }
};

TEST_F(ListTest, ThePageAfterIsAskedForBeforeThisOneIsDone) {
  http.answers = {
      {.body = secret_list(page(1), "t1")}, {.body = secret_list(page(2), "t2")}, {.body = secret_list(page(3))}};
  bool in_time = true;
  const auto end = list([&]() -> Result<> {
    if (items.size() % kItems == 0)
      in_time &= http.wait_for_requests(std::min<std::size_t>(3, items.size() / kItems + 1));
    return {};
  });
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_TRUE(in_time);
  EXPECT_THAT(items, ElementsAreArray(expected));
  EXPECT_THAT(http.requests, SizeIs(3));
}

TEST_F(ListTest, BuiltInKindsAreAskedForAsProtobuf) {
  const std::string items_of_page = proto_secret("a") + proto_secret("b");
  http.answers = {{.body = ProtoList{.continue_token = "t1", .items = items_of_page}.text()},
                  {.body = ProtoList{.items = proto_secret("c")}.text()}};
  const auto end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAre("a", "b", "c"));
  EXPECT_EQ(end->resource_version, "812");
  EXPECT_THAT(http.accepted, Each(StartsWith("application/vnd.kubernetes.protobuf,")));
}

// What a newer server sends may hold fields that this program does not know, and which JSON keeps.
TEST_F(ListTest, FromTheFirstUnknownFieldOnJsonIsAskedForAndNothingComesTwice) {
  const std::string with_unknown =
      ProtoList{.continue_token = "t1", .items = proto_secret("a") + proto_secret("b", proto_field(60, "new"))}.text();
  http.answers = {{.body = with_unknown}, {.body = secret_list({"a", "b"}, "t2")}, {.body = secret_list({"c"})}};
  const auto end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(end->one_snapshot);
  EXPECT_THAT(http.requests.at(1), HasSubstr("resourceVersion=812&resourceVersionMatch=Exact"));
  EXPECT_EQ(http.accepted.at(1), "application/json");
  EXPECT_EQ(http.accepted.at(2), "application/json");
}

// Each page costs the server what still remains.
TEST_F(ListTest, TheFirstPageTellsHowLargeTheOthersMayBe) {
  const auto names = [](int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back("o" + std::to_string(i));
    return out;
  };
  http.answers = {{.body = secret_list(names(500), "t1")},
                  {.body = secret_list(names(20'000), "t2")},
                  {.body = secret_list(names(1))}};
  const auto end = client.list(secrets(), {.ns = "team"}, [](std::string_view) { return Result<>(); }, {});
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(end->items, 20'501U);
  std::vector<std::uint64_t> limits;
  for (const std::string& request : http.requests)
    limits.push_back(std::stoull(request.substr(request.find("limit=") + 6)));
  EXPECT_THAT(limits, ElementsAre(500, 25'600, 50'000));
}

TEST_F(ListTest, AnErrorOfTheSinkEndsAlsoThePageAfter) {
  const std::string many = secret_list(page(2), "t2");
  http.answers = {{.body = secret_list(page(1), "t1")}, {.body = many}};
  const auto end = list([&]() -> Result<> {
    if (items.size() == kItems - 1) return Error(Code::out_of_space, "full");
    return {};
  });
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), Code::out_of_space);
}

TEST_F(ListTest, APageThatBreaksWhileTheNextIsUnderWayIsReadAgainAndNothingComesTwice) {
  const std::string first = secret_list(page(1), "t1");
  const std::string second = secret_list(page(2));
  const ScriptedAnswer broken{.body = first, .cut_after = first.size() - 60};
  http.answers = {broken, {.body = second}, {.body = first}, {.body = second}};
  const auto end = list([&]() -> Result<> {
    if (items.size() != 90 || http.wait_for_requests(2)) return {};
    return Error(Code::deadline, "the page after was not asked for");
  });
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAreArray(expected));
  EXPECT_TRUE(end->one_snapshot);
}

TEST_F(ListTest, APageAfterThatExpiredGoesOnFromTheTokenOfTheRefusal) {
  http.answers = {{.body = secret_list(page(1), "old")},
                  {.status = 410, .body = status_body(410, "Expired", "too old", "new")},
                  {.body = secret_list(page(2), "", "200")}};
  const auto end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAreArray(expected));
  EXPECT_FALSE(end->one_snapshot);
  EXPECT_THAT(http.requests.back(), HasSubstr("continue=new"));
}

TEST_F(ListTest, APageAfterThatIsCutIsRepeatedWithItsToken) {
  const std::string second = secret_list(page(2));
  http.answers = {
      {.body = secret_list(page(1), "t1")}, {.body = second, .cut_after = second.size() / 2}, {.body = second}};
  expected.clear();
  page(1);
  page(2);
  const auto end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAreArray(expected));
  EXPECT_THAT(http.requests, SizeIs(3));
}

}  // namespace
}  // namespace salvor::kube
