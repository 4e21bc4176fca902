#include "net/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace salvor::net {
namespace {

Environment environment(std::map<std::string, std::string> values) {
  return [values](std::string_view name) {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::string() : found->second;
  };
}

std::string proxy_for(const std::map<std::string, std::string>& values, const std::string& url) {
  const ProxyChoice choice = ProxyChoice::from_environment(environment(values)).value();
  const Url target = parse_url(url).value();
  const Url* proxy = choice.proxy_for(target);
  return proxy ? proxy->origin() : "direct";
}

TEST(ProxyChoice, TakesTheVariableOfTheScheme) {
  const std::map<std::string, std::string> both{{"HTTPS_PROXY", "http://s:1"}, {"HTTP_PROXY", "http://p:2"}};
  EXPECT_EQ(proxy_for(both, "https://example.com"), "http://s:1");
  EXPECT_EQ(proxy_for(both, "http://example.com"), "http://p:2");
  EXPECT_EQ(proxy_for({{"HTTP_PROXY", "http://p:2"}}, "https://example.com"), "direct");
}

TEST(ProxyChoice, PrefersUpperCase) {
  EXPECT_EQ(proxy_for({{"https_proxy", "http://low:1"}}, "https://example.com"), "http://low:1");
  EXPECT_EQ(proxy_for({{"https_proxy", "http://low:1"}, {"HTTPS_PROXY", "http://up:1"}}, "https://example.com"),
            "http://up:1");
}

TEST(ProxyChoice, AddsAMissingScheme) {
  EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "cache:3128"}}, "https://example.com"), "http://cache:3128");
}

TEST(ProxyChoice, DoesNotTrustHttpProxyInACgiProgram) {
  EXPECT_EQ(proxy_for({{"HTTP_PROXY", "http://evil:1"}, {"REQUEST_METHOD", "GET"}}, "http://example.com"), "direct");
}

TEST(ProxyChoice, NeverUsesAProxyForLoopback) {
  for (const char* url : {"https://localhost:6443", "https://127.0.0.1", "https://127.9.9.9", "https://[::1]:6443"}) {
    EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "http://p:1"}}, url), "direct") << url;
  }
}

struct NoProxyCase {
  std::string no_proxy, url;
  bool direct;
};

class NoProxy : public testing::TestWithParam<NoProxyCase> {};

TEST_P(NoProxy, DecidesAsGoDoes) {
  const auto& [no_proxy, url, direct] = GetParam();
  EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", no_proxy}}, url), direct ? "direct" : "http://p:1");
}

INSTANTIATE_TEST_SUITE_P(Each, NoProxy,
                         testing::Values(NoProxyCase{"*", "https://a.example", true},
                                         NoProxyCase{"example.com", "https://example.com", true},
                                         NoProxyCase{"example.com", "https://api.example.com", true},
                                         NoProxyCase{"example.com", "https://notexample.com", false},
                                         NoProxyCase{".example.com", "https://example.com", false},
                                         NoProxyCase{".example.com", "https://api.example.com", true},
                                         NoProxyCase{"*.example.com", "https://api.example.com", true},
                                         NoProxyCase{"EXAMPLE.com", "https://example.COM", true},
                                         NoProxyCase{"example.com:6443", "https://example.com:6443", true},
                                         NoProxyCase{"example.com:6443", "https://example.com", false},
                                         NoProxyCase{"10.1.2.3", "https://10.1.2.3:6443", true},
                                         NoProxyCase{"10.1.2.3", "https://10.1.2.30", false},
                                         NoProxyCase{"10.0.0.0/8", "https://10.200.1.1", true},
                                         NoProxyCase{"10.0.0.0/9", "https://10.200.1.1", false},
                                         NoProxyCase{"10.0.0.0/8", "https://ten.example", false},
                                         NoProxyCase{"fd00::/8", "https://[fd12::1]", true},
                                         NoProxyCase{"fd00::1", "https://[fd00:0:0::1]", true},
                                         NoProxyCase{"[fd00::1]:6443", "https://[fd00::1]:6443", true},
                                         NoProxyCase{"a, example.com ,b", "https://example.com", true},
                                         NoProxyCase{",,", "https://example.com", false},
                                         NoProxyCase{"10.0.0.0/99", "https://10.0.0.1", false}));

TEST(ProxyChoice, AFixedProxyIsUsedEvenForLoopback) {
  const ProxyChoice choice = ProxyChoice::fixed("socks5://p:1").value();
  EXPECT_NE(choice.proxy_for(parse_url("https://127.0.0.1").value()), nullptr);
}

TEST(ProxyChoice, NamesTheVariableThatIsWrongAndNotItsValue) {
  const auto choice = ProxyChoice::from_environment(environment({{"https_proxy", "http://u:hunter2@:x"}}));
  ASSERT_FALSE(choice.ok());
  EXPECT_NE(choice.error().message().find("https_proxy"), std::string::npos);
  EXPECT_EQ(choice.error().message().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace salvor::net
