#include "net/curl_client.h"

#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "codec/json.h"
#include "net/odd_server_testing.h"

namespace salvor::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const OddServer& server() {
  static const OddServer running;
  return running;
}

struct Answer {
  HttpResponse response;
  std::string body;
};

class CurlClientTest : public testing::Test {
 protected:
  static CurlClient::Options trusting() {
    CurlClient::Options options;
    options.tls.authorities = server().file("authority");
    return options;
  }

  Result<Answer> ask(CurlClient& client, HttpRequest request, std::stop_token stop = {}) {
    Answer answer;
    answer.response = TRY(client.exchange(
        request, {},
        [&](std::string_view piece) -> Result<> {
          answer.body.append(piece);
          return {};
        },
        stop));
    return answer;
  }
  Result<Answer> get(CurlClient& client, const std::string& url) { return ask(client, {.url = url}); }
  Error error_of(CurlClient::Options options, const std::string& url) {
    CurlClient client(std::move(options), clock_);
    Result<Answer> answer = get(client, url);
    if (answer.ok()) return Error(Code::internal, "unexpected success");
    return std::move(answer).error();
  }
  std::string hits(const std::string& path) {
    CurlClient fresh({}, clock_);
    return get(fresh, plain("/hits?" + path)).value().body;
  }
  static std::string plain(const std::string& path) { return server().url("plain") + path; }
  static TlsIdentity identity() { return {server().file("client_certificate"), server().file("client_key")}; }

  SystemClock clock_;
  CurlClient client_{{}, clock_};
};

TEST_F(CurlClientTest, SendsMethodHeadersAndBodyAsGiven) {
  const std::string body = "{\"a\":1}";
  const Answer answer = ask(client_, {.method = "PATCH",
                                      .url = plain("/echo?x=%2F"),
                                      .headers = {{"content-type", "application/merge-patch+json"}, {"x-empty", ""}},
                                      .body = body})
                            .value();
  const Json seen = Json::parse(answer.body);
  EXPECT_EQ(seen["method"], "PATCH");
  EXPECT_EQ(seen["path"], "/echo?x=%2F");
  EXPECT_EQ(seen["body"], body);
  const std::string headers = seen["headers"].dump();
  EXPECT_THAT(headers, HasSubstr(R"(["content-type","application/merge-patch+json"])"));
  EXPECT_THAT(headers, HasSubstr(R"(["x-empty",""])"));
  EXPECT_THAT(headers, AllOf(Not(HasSubstr("expect")), Not(HasSubstr("accept-encoding"))));
}

TEST_F(CurlClientTest, SendsEveryMethodWithAndWithoutABody) {
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    for (const std::string_view body : {"", "text"}) {
      const Answer answer = ask(client_, {.method = method, .url = plain("/echo"), .body = body}).value();
      const Json seen = Json::parse(answer.body);
      EXPECT_EQ(seen["method"], method);
      EXPECT_EQ(seen["body"], body) << method;
    }
  }
  EXPECT_EQ(ask(client_, {.method = "HEAD", .url = plain("/missing")}).value().response.status, 404);
}

TEST_F(CurlClientTest, SendsALargeBodyWhole) {
  const std::string body(5'000'000, 'x');
  EXPECT_EQ(ask(client_, {.method = "POST", .url = plain("/count"), .body = body}).value().body, "5000000");
}

TEST_F(CurlClientTest, KeepsRepeatedHeadersAndLowersTheirNames) {
  const Answer answer = get(client_, plain("/echo")).value();
  EXPECT_EQ(answer.response.header("content-type"), "application/json");
  EXPECT_EQ(answer.response.header("x-twice"), "a");
  EXPECT_EQ(std::count(answer.response.headers.begin(), answer.response.headers.end(), Header("x-twice", "b")), 1);
  EXPECT_EQ(answer.response.header("x-absent"), std::nullopt);
}

TEST_F(CurlClientTest, RefusesALineBreakInAHeader) {
  const auto answer = ask(client_, {.url = plain("/echo"), .headers = {{"authorization", "Bearer s3cret\r\nX: y"}}});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::invalid);
  EXPECT_THAT(to_string(answer.error()), Not(HasSubstr("s3cret")));
}

TEST_F(CurlClientTest, UsesAConnectionAgain) {
  EXPECT_FALSE(get(client_, plain("/echo")).value().response.connection_reused);
  EXPECT_TRUE(get(client_, plain("/echo")).value().response.connection_reused);
}

TEST_F(CurlClientTest, ThreadsAskAtTheSameTimeOverFewConnections) {
  CurlClient client(trusting(), clock_);
  std::atomic<int> fresh = 0, failed = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto answer = get(client, server().url("tls") + "/large?100000");
        if (!answer.ok() || answer->body.size() != 100'000)
          ++failed;
        else if (!answer->response.connection_reused)
          ++fresh;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_LE(fresh, 4);
}

TEST_F(CurlClientTest, TellsTheHeadOnceBeforeTheBody) {
  std::vector<std::string> order;
  const auto on_head = [&](const HttpResponse& head) { order.push_back("head " + std::to_string(head.status)); };
  const auto sink = [&](std::string_view) -> Result<> {
    order.push_back("piece");
    return {};
  };
  ASSERT_TRUE(client_.exchange({.url = plain("/interim")}, on_head, sink, {}).ok());
  EXPECT_THAT(order, testing::ElementsAre("head 200", "piece"));
}

TEST_F(CurlClientTest, LeavesInterimHeadersOut) {
  const HttpResponse response = get(client_, plain("/interim")).value().response;
  EXPECT_EQ(response.header("x-final"), "yes");
  EXPECT_EQ(response.header("x-early"), std::nullopt);
}

TEST_F(CurlClientTest, AStatusOfAnyKindIsAnAnswer) {
  const Answer answer = get(client_, plain("/throttled")).value();
  EXPECT_EQ(answer.response.status, 429);
  EXPECT_EQ(answer.response.header("retry-after"), "7");
  EXPECT_EQ(answer.body, "slow down");
}

TEST_F(CurlClientTest, DoesNotFollowRedirects) {
  EXPECT_EQ(get(client_, plain("/redirect")).value().response.status, 302);
}

TEST_F(CurlClientTest, UndoesACompressionOnlyWhenAskedTo) {
  const Answer raw = get(client_, plain("/compressed")).value();
  EXPECT_EQ(raw.response.header("content-encoding"), "gzip");
  EXPECT_EQ(raw.body.substr(0, 2), "\x1f\x8b");
  const Answer plain_text =
      ask(client_, {.url = plain("/compressed"), .headers = {{"accept-encoding", "gzip"}}}).value();
  EXPECT_EQ(plain_text.body, "plain text");
  EXPECT_EQ(plain_text.response.header("content-encoding"), std::nullopt);
}

TEST_F(CurlClientTest, PiecesAreSmall) {
  std::size_t most = 0, all = 0;
  const auto sink = [&](std::string_view piece) -> Result<> {
    most = std::max(most, piece.size());
    all += piece.size();
    return {};
  };
  ASSERT_TRUE(client_.exchange({.url = plain("/large?30000000")}, {}, sink, {}).ok());
  EXPECT_EQ(all, 30'000'000u);
  EXPECT_LE(most, 256u << 10);
}

TEST_F(CurlClientTest, StopsAnExchangeThatTheServerNeverAnswers) {
  std::stop_source stop;
  std::jthread stopper([&] {
    while (hits("/silent") == "0") std::this_thread::yield();
    stop.request_stop();
  });
  const auto answer = ask(client_, {.url = plain("/silent"), .idle_timeout = std::chrono::hours(1)}, stop.get_token());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::cancelled);
}

TEST_F(CurlClientTest, StopsInTheMiddleOfABody) {
  std::stop_source stop;
  const auto sink = [&](std::string_view) -> Result<> {
    stop.request_stop();
    return {};
  };
  const auto answer =
      client_.exchange({.url = plain("/stalls"), .idle_timeout = std::chrono::hours(1)}, {}, sink, stop.get_token());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::cancelled);
  EXPECT_TRUE(get(client_, plain("/echo")).ok()) << "the client goes on afterwards";
}

TEST_F(CurlClientTest, SendsNothingWhenStoppedBefore) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(ask(client_, {.url = plain("/never-sent")}, stop.get_token()).error().code(), Code::cancelled);
  EXPECT_EQ(hits("/never-sent"), "0");
}

TEST_F(CurlClientTest, EndsWithTheErrorOfTheSink) {
  const auto sink = [](std::string_view) -> Result<> { return Error(Code::out_of_space, "disk full"); };
  const auto answer = client_.exchange({.url = plain("/stalls")}, {}, sink, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::out_of_space);
}

TEST_F(CurlClientTest, GivesUpOnAServerThatFallsSilent) {
  for (const char* path : {"/silent", "/stalls"}) {
    const auto answer = ask(client_, {.url = plain(path), .idle_timeout = std::chrono::milliseconds(50)});
    ASSERT_FALSE(answer.ok()) << path;
    EXPECT_EQ(answer.error().code(), Code::deadline);
    EXPECT_THAT(answer.error().message(), HasSubstr("127.0.0.1:" + std::to_string(server().port("plain"))));
  }
}

TEST_F(CurlClientTest, GivesUpOnAnAnswerThatDribbles) {
  FakeClock clock;
  CurlClient client({}, clock);
  const auto sink = [&](std::string_view) -> Result<> {
    clock.advance(std::chrono::seconds(50));
    return {};
  };
  const auto response =
      client.exchange({.url = plain("/dribbles"), .total_timeout = std::chrono::minutes(3)}, {}, sink, {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::deadline);
  EXPECT_THAT(response.error().message(), HasSubstr("did not end its answer within 3m"));
}

TEST_F(CurlClientTest, ATimeInTheSinkIsNotSilence) {
  FakeClock clock;
  CurlClient client({}, clock);
  const auto sink = [&](std::string_view) -> Result<> {
    clock.advance(std::chrono::hours(1));
    return {};
  };
  EXPECT_TRUE(client.exchange({.url = plain("/large?1000000")}, {}, sink, {}).ok());
}

TEST_F(CurlClientTest, ACutAnswerIsAnError) {
  for (const char* path : {"/cut", "/cut-chunk", "/hangs-up"}) {
    const auto answer = get(client_, plain(path));
    ASSERT_FALSE(answer.ok()) << path;
    EXPECT_EQ(answer.error().code(), Code::unavailable);
    EXPECT_THAT(answer.error().message(), HasSubstr("lost"));
  }
}

TEST_F(CurlClientTest, RefusesHeadersWithoutEnd) {
  for (const char* path : {"/huge-header", "/endless-headers"}) {
    const auto answer = get(client_, plain(path));
    ASSERT_FALSE(answer.ok()) << path;
    EXPECT_THAT(answer.error().message(), Not(HasSubstr("xxx")));
  }
}

TEST_F(CurlClientTest, NeverSendsAWriteTwice) {
  const HttpRequest post{.method = "POST", .url = plain("/second-hangs-up?w"), .body = "x"};
  ASSERT_TRUE(ask(client_, post).ok());
  EXPECT_EQ(ask(client_, post).error().code(), Code::unavailable);
  EXPECT_EQ(hits("/second-hangs-up?w"), "2");
}

TEST_F(CurlClientTest, AsksAgainForAReadOnADeadConnection) {
  const HttpRequest read{.url = plain("/second-hangs-up?r")};
  ASSERT_TRUE(ask(client_, read).ok());
  EXPECT_FALSE(ask(client_, read).ok());
  EXPECT_EQ(hits("/second-hangs-up?r"), "3");
}

TEST_F(CurlClientTest, SaysThatNothingListens) {
  const std::string place = "127.0.0.1:" + std::to_string(refused_port());
  const Error error = error_of({}, "https://" + place + "/");
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_EQ(error.message(), "cannot connect to " + place + ": connection refused");
  EXPECT_FALSE(error.hint().empty());
}

TEST_F(CurlClientTest, SaysThatTheServerSpeaksNoHttp) {
  EXPECT_THAT(error_of({}, server().url("garbage")).message(), HasSubstr("does not answer in HTTP"));
}

TEST_F(CurlClientTest, SaysThatTheServerSpeaksNoTls) {
  const Error error = error_of({}, "https://127.0.0.1:" + std::to_string(server().port("garbage")));
  EXPECT_EQ(error.code(), Code::invalid);
  EXPECT_THAT(error.message(), HasSubstr("does not speak TLS"));
}

TEST_F(CurlClientTest, TrustsTheGivenAuthority) {
  CurlClient client(trusting(), clock_);
  EXPECT_EQ(get(client, server().url("tls") + "/echo").value().response.status, 200);
}

struct UntrustedCase {
  std::string listener, why;
};

class Untrusted : public CurlClientTest, public testing::WithParamInterface<UntrustedCase> {};

TEST_P(Untrusted, IsRefusedWithTheReason) {
  const Error error = error_of(trusting(), server().url(GetParam().listener) + "/echo");
  EXPECT_EQ(error.code(), Code::unauthenticated);
  EXPECT_THAT(error.message(), HasSubstr(GetParam().why));
  EXPECT_THAT(error.message(), HasSubstr(std::to_string(server().port(GetParam().listener))));
  EXPECT_FALSE(error.hint().empty());
}

INSTANTIATE_TEST_SUITE_P(Each, Untrusted,
                         testing::Values(UntrustedCase{"expired", "expired"},
                                         UntrustedCase{"self_signed", "another authority"},
                                         UntrustedCase{"other_name", "does not name \"127.0.0.1\""}));

TEST_F(CurlClientTest, TrustsAnythingWhenToldTo) {
  CurlClient::Options options;
  options.tls.insecure = true;
  CurlClient client(options, clock_);
  for (const char* name : {"expired", "self_signed", "other_name"}) EXPECT_TRUE(get(client, server().url(name)).ok());
}

TEST_F(CurlClientTest, VerifiesTheServerNameInsteadOfTheHost) {
  CurlClient::Options options = trusting();
  options.tls.server_name = "elsewhere.test";
  CurlClient client(options, clock_);
  const Answer answer = get(client, server().url("other_name") + "/echo?q=1").value();
  const Json seen = Json::parse(answer.body);
  EXPECT_EQ(seen["path"], "/echo?q=1");
  EXPECT_THAT(seen["headers"].dump(),
              HasSubstr(R"(["host","127.0.0.1:)" + std::to_string(server().port("other_name")) + "\"]"));
  EXPECT_THAT(error_of(options, server().url("tls")).message(), HasSubstr("does not name \"elsewhere.test\""));
}

TEST_F(CurlClientTest, OffersNothingBelowTls12) {
  EXPECT_EQ(error_of(trusting(), server().url("tls11")).code(), Code::unsupported);
}

TEST_F(CurlClientTest, ShowsItsCertificate) {
  CurlClient::Options options = trusting();
  options.identity = identity();
  CurlClient client(options, clock_);
  EXPECT_TRUE(get(client, server().url("mutual")).ok());
}

TEST_F(CurlClientTest, SaysThatAClientCertificateIsMissing) {
  const Error error = error_of(trusting(), server().url("mutual"));
  EXPECT_EQ(error.code(), Code::unauthenticated);
  EXPECT_THAT(error.message(), HasSubstr("asks for a client certificate"));
}

TEST_F(CurlClientTest, SaysThatTheClientCertificateIsRefused) {
  CurlClient::Options options = trusting();
  options.identity = {server().file("stranger_certificate"), server().file("stranger_key")};
  const Error error = error_of(options, server().url("mutual"));
  EXPECT_EQ(error.code(), Code::unauthenticated);
  EXPECT_THAT(error.message(), HasSubstr("refuses our client certificate"));
}

TEST_F(CurlClientTest, UsesTheIdentityThatWasSetLast) {
  CurlClient client(trusting(), clock_);
  EXPECT_FALSE(get(client, server().url("mutual")).ok());
  client.set_identity(identity());
  EXPECT_TRUE(get(client, server().url("mutual")).ok());
  client.set_identity({});
  EXPECT_FALSE(get(client, server().url("mutual")).ok());
}

TEST_F(CurlClientTest, RefusesAKeyOfAnotherCertificateAndALockedKey) {
  for (const char* key : {"stranger_key", "locked_key", "authority"}) {
    CurlClient::Options options = trusting();
    options.identity = {server().file("client_certificate"), server().file(key)};
    const Error error = error_of(options, server().url("mutual"));
    EXPECT_EQ(error.code(), Code::invalid) << key;
    EXPECT_THAT(error.message(), HasSubstr("client certificate and key cannot be used")) << key;
  }
}

TEST_F(CurlClientTest, RefusesAnAuthorityThatIsNone) {
  CurlClient::Options options;
  options.tls.authorities = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(error_of(options, server().url("tls")).code(), Code::invalid);
}

class ProxiedTest : public CurlClientTest {
 protected:
  static CurlClient::Options through_proxy(const std::string& password) {
    CurlClient::Options options = trusting();
    options.proxy =
        ProxyChoice::fixed("http://ann:" + password + "@127.0.0.1:" + std::to_string(server().port("proxy"))).value();
    return options;
  }
};

TEST_F(ProxiedTest, GoesThroughTheProxy) {
  CurlClient client(through_proxy("secret"), clock_);
  const int before = std::stoi(hits("proxy"));
  EXPECT_EQ(get(client, server().url("tls") + "/echo").value().response.status, 200);
  EXPECT_EQ(std::stoi(hits("proxy")), before + 1);
}

TEST_F(ProxiedTest, SaysThatTheProxyRefusesAndNotThePassword) {
  const Error error = error_of(through_proxy("hunter2"), server().url("tls"));
  EXPECT_EQ(error.code(), Code::unavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("proxy 127.0.0.1:"), HasSubstr("407"), Not(HasSubstr("hunter2"))));
}

TEST_F(ProxiedTest, NamesTheProxyThatDoesNotListen) {
  CurlClient::Options options = trusting();
  const std::string place = "127.0.0.1:" + std::to_string(refused_port());
  options.proxy = ProxyChoice::fixed("http://" + place).value();
  EXPECT_EQ(error_of(options, server().url("tls")).message(),
            "cannot connect to proxy " + place + ": connection refused");
}

TEST_F(ProxiedTest, TheLibraryDoesNotReadProxyVariablesByItself) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_TRUE(get(client_, plain("/echo")).ok());
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

}  // namespace
}  // namespace salvor::net
