#include "kube/client.h"

#include <gmock/gmock.h>

#include "kube/scripted_http_testing.h"

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

struct ClientTest : ::testing::Test {
  ScriptedHttp http;
  NoCredentials credentials;
  FakeClock clock;
  Client client{{.server = "https://test", .user_agent = "test"}, http, credentials, clock, Log::none()};
  std::vector<std::string> items;

  Client::ItemSink collect() {
    return [this](std::string_view item) -> Result<> {
      const auto start = item.find(R"("name":")") + 8;
      items.emplace_back(item.substr(start, item.find('"', start) - start));
      return {};
    };
  }
  Result<ListEnd> list(std::uint32_t limit = 2) {
    return client.list(secrets(), {.ns = "team", .page_limit = limit}, collect(), {});
  }
};

TEST_F(ClientTest, FollowsContinueTokensUntilTheListEnds) {
  http.answers = {{.body = secret_list({"a", "b"}, "t/1")}, {.body = secret_list({"c"})}};
  const Result<ListEnd> end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(end->one_snapshot);
  EXPECT_EQ(end->items, 3u);
  EXPECT_THAT(http.requests, ElementsAre("GET /api/v1/namespaces/team/secrets?limit=2",
                                         "GET /api/v1/namespaces/team/secrets?limit=2&continue=t%2F1"));
}

TEST_F(ClientTest, HandsOnTheWarningsOfAWrite) {
  const std::vector<net::Header> said = {{"warning", R"(299 - "unknown field \"spec.a\"")"},
                                         {"warning", R"(299 - "b")"}};
  http.answers = {{.status = 201, .body = "{}", .headers = said}, {.body = "{}", .headers = said}, {.body = "{}"}};
  Warnings created, patched;
  ASSERT_TRUE(client.create(secrets(), "team", "{}", {.warnings = &created}, {}).ok());
  EXPECT_THAT(created, ElementsAre(R"(unknown field "spec.a")", "b"));
  ASSERT_TRUE(client.patch(secrets(), "team", "s", PatchType::merge, "{}", {.warnings = &patched}, {}).ok());
  EXPECT_EQ(patched.size(), 2U);
  EXPECT_TRUE(client.create(secrets(), "team", "{}", {}, {}).ok());  // nobody asks for them
}

TEST_F(ClientTest, GoesOnFromANewerStateWhenThePositionExpires) {
  http.answers = {{.body = secret_list({"a", "b"}, "old")},
                  {.status = 410, .body = status_body(410, "Expired", "too old", "new")},
                  {.body = secret_list({"c"}, "", "200")}};
  const Result<ListEnd> end = list();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_THAT(items, ElementsAre("a", "b", "c"));
  EXPECT_FALSE(end->one_snapshot);
  EXPECT_THAT(http.requests.back(), HasSubstr("continue=new"));
}

TEST_F(ClientTest, ReadsABrokenPageAgainFromTheSameSnapshotAndPassesOverWhatItHad) {
  const std::string first = secret_list({"a", "b", "c"}, "t", "77");
  http.answers = {
      {.body = first, .cut_after = first.find(R"("name":"c")")}, {.body = first}, {.body = secret_list({"d"})}};
  ASSERT_TRUE(list(3).ok());
  EXPECT_THAT(items, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(http.requests[1], HasSubstr("resourceVersion=77&resourceVersionMatch=Exact"));
}

TEST_F(ClientTest, NeverTakesACutListForAWholeOne) {
  const std::string text = secret_list({"a", "b"});
  for (std::size_t cut = 0; cut + 2 < text.size(); ++cut) {
    items.clear();
    http.answers.clear();
    for (int i = 0; i < 8; ++i) http.answers.push_back({.body = text.substr(0, cut)});
    EXPECT_FALSE(list().ok()) << cut;
  }
}

TEST_F(ClientTest, ACutPageOfALaterTokenIsRepeatedWithThatToken) {
  const std::string second = secret_list({"c", "d"}, "");
  http.answers = {
      {.body = secret_list({"a", "b"}, "t")}, {.body = second, .cut_after = second.size() - 12}, {.body = second}};
  ASSERT_TRUE(list().ok());
  EXPECT_THAT(items, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(http.requests[2], HasSubstr("continue=t"));
}

TEST_F(ClientTest, StopsAtTheFirstErrorOfTheSink) {
  http.answers = {{.body = secret_list({"a", "b"}, "t")}};
  const auto end =
      client.list(secrets(), {}, [](std::string_view) -> Result<> { return Error(Code::out_of_space, "disk"); }, {});
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), Code::out_of_space);
  EXPECT_EQ(http.requests.size(), 1u);
}

TEST_F(ClientTest, WaitsAsLongAsTheServerAsksBeforeReadingAgain) {
  http.answers = {
      {.status = 429, .body = status_body(429, "TooManyRequests", "slow down"), .headers = {{"retry-after", "7"}}},
      {.body = secret_list({"a"})}};
  const Duration before = clock.monotonic();
  ASSERT_TRUE(list().ok());
  EXPECT_GE(clock.monotonic() - before, std::chrono::seconds(7));
}

TEST_F(ClientTest, NeverRepeatsACreateWhoseFateIsUnknown) {
  for (const ScriptedAnswer& answer :
       {ScriptedAnswer{.no_connection = true}, ScriptedAnswer{.status = 503, .body = "busy"},
        ScriptedAnswer{.status = 504, .body = "timeout"}}) {
    http.requests.clear();
    http.answers = {answer, {.status = 201, .body = "{}"}};
    EXPECT_FALSE(client.create(secrets(), "team", "{}", {}, {}).ok());
    EXPECT_EQ(http.requests.size(), 1u);
  }
}

TEST_F(ClientTest, RepeatsACreateThatTheServerTurnedAwayUnread) {
  http.answers = {{.status = 429, .body = status_body(429, "TooManyRequests", "later")},
                  {.status = 201, .body = "{\"kind\":\"Secret\"}"}};
  const auto created = client.create(secrets(), "team", "{}", {.dry_run = true}, {});
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(*created, "{\"kind\":\"Secret\"}");
  EXPECT_EQ(http.requests.back(), "POST /api/v1/namespaces/team/secrets?fieldManager=salvor&dryRun=All");
}

TEST_F(ClientTest, GivesUpReadingAfterABoundedNumberOfTries) {
  for (int i = 0; i < 50; ++i) http.answers.push_back({.status = 503, .body = "no"});
  const auto got = client.get(secrets(), "team", "db", {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code(), Code::unavailable);
  EXPECT_EQ(http.requests.size(), 6u);
}

TEST_F(ClientTest, AsksForFreshCredentialsOnceAfterAnUnauthorizedAnswer) {
  const ScriptedAnswer no{.status = 401, .body = status_body(401, "Unauthorized", "Unauthorized")};
  http.answers = {no, {.body = "{}"}};
  EXPECT_TRUE(client.get(secrets(), "team", "db", {}).ok());
  credentials.refreshes = 0;
  http.answers = {no, no, {.body = "{}"}};
  const auto got = client.get(secrets(), "team", "db", {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code(), Code::unauthenticated);
}

TEST_F(ClientTest, CarriesTheMessageOfTheServersStatus) {
  http.answers = {{.status = 403, .body = status_body(403, "Forbidden", "secrets is forbidden for mallory")}};
  const auto got = client.get(secrets(), "team", "db", {});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code(), Code::denied);
  EXPECT_EQ(got.error().message(), "get secrets team/db: secrets is forbidden for mallory");
  EXPECT_THAT(got.error().hint(), HasSubstr("permission"));
}

TEST_F(ClientTest, DeletesWithPropagationAndPreconditions) {
  http.answers = {{.body = "{}"}};
  ASSERT_TRUE(client
                  .remove(secrets(), "team", "db",
                          {.propagation = Propagation::foreground, .grace_seconds = 0, .uid = "u-1"}, {})
                  .ok());
  EXPECT_EQ(http.requests[0], "DELETE /api/v1/namespaces/team/secrets/db");
  EXPECT_EQ(
      http.bodies[0],
      R"({"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground","gracePeriodSeconds":0,"preconditions":{"uid":"u-1"}})");
}

TEST_F(ClientTest, TellsAWatcherToStartAnewWhenItsPositionIsTooOld) {
  http.answers = {{.body = secret_list({"a"}, "", "10")},
                  {.body = R"({"type":"ADDED","object":{"metadata":{"name":"b","resourceVersion":"11"}}})"
                           "\n"
                           R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"15"}}})"
                           "\n"},
                  {.body = R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}})"
                           "\n"},
                  {.body = secret_list({"c"}, "", "30")},
                  {.body = R"({"type":"DELETED","object":{"metadata":{"name":"c","resourceVersion":"31"}}})"
                           "\n"}};
  std::vector<WatchEventType> seen;
  const auto ended = client.watch(secrets(), {},
                                  [&](const WatchEvent& event) -> Result<> {
                                    seen.push_back(event.type);
                                    if (event.type == WatchEventType::deleted) return Error(Code::cancelled, "enough");
                                    return {};
                                  },
                                  {});
  EXPECT_FALSE(ended.ok());
  using enum WatchEventType;
  EXPECT_THAT(seen, ElementsAre(added, added, bookmark, relisted, added, deleted));
  EXPECT_THAT(http.requests[1], HasSubstr("resourceVersion=10"));
  EXPECT_THAT(http.requests[2], HasSubstr("resourceVersion=15"));
  EXPECT_THAT(http.requests[4], HasSubstr("resourceVersion=30"));
}

}  // namespace
}  // namespace salvor::kube
