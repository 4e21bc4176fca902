// Single rules. All kinds are compared with Kubernetes' own code by tests/peer/protobuf_test.py.
#include "kube/proto_json.h"

#include <gmock/gmock.h>

#include "kube/proto_testing.h"

namespace salvor::kube {
namespace {

using ::testing::HasSubstr;
using namespace testing;
using namespace std::literals;

ProtoKind kind(std::string_view api_version, std::string_view name) {
  const auto found = ProtoKind::find(api_version, name);
  EXPECT_TRUE(found) << name;
  return found.value_or(ProtoKind::at(0));
}

std::string json_of(ProtoKind kind, std::string_view message) {
  std::string json;
  const auto done = ProtoJsonWriter().append(json, kind, message);
  return done.ok() ? json : std::string(to_string(done.error().code())) + ": " + done.error().message();
}

std::string secret(std::string_view message) { return json_of(kind("v1", "Secret"), message); }

TEST(ProtoKind, FindsTheBuiltInKindsOnly) {
  EXPECT_EQ(kind("apps/v1", "Deployment").name(), "apps/v1 Deployment");
  EXPECT_FALSE(ProtoKind::find("v1", "Deployment"));
  EXPECT_FALSE(ProtoKind::find("apiextensions.k8s.io/v1", "CustomResourceDefinition"));
  EXPECT_FALSE(ProtoKind::find("", ""));
  EXPECT_FALSE(ProtoKind::find("v1", "Secrets"));
  EXPECT_GT(ProtoKind::count(), 100U);
  EXPECT_TRUE(kind("v1", "Pod").is_complete());
  EXPECT_FALSE(kind("apps/v1", "StatefulSet").is_complete());
}

// The fields that kube-apiserver 1.36.3 writes for a Secret.
TEST(ProtoJson, ReadsAStoredSecret) {
  const std::string stored =
      proto_field(1, proto_field(1, "db") + proto_field(2, "") + proto_field(3, "team") + proto_field(4, "") +
                         proto_field(5, "5b0b") + proto_field(6, "") + proto_number(7, 0) +
                         proto_field(8, proto_number(1, 1795933200) + proto_number(2, 0)) +
                         proto_field(11, proto_field(1, "b") + proto_field(2, "2")) +
                         proto_field(11, proto_field(1, "a") + proto_field(2, "1"))) +
      proto_field(2, proto_field(1, "password") + proto_field(2, "\x00\xff\x10"sv)) + proto_field(3, "Opaque") +
      proto_number(5, 1);
  EXPECT_EQ(secret(stored),
            R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"team","uid":"5b0b",)"
            R"("creationTimestamp":"2026-11-29T06:20:00Z","labels":{"a":"1","b":"2"}},)"
            R"("immutable":true,"data":{"password":"AP8Q"},"type":"Opaque"})");
}

TEST(ProtoJson, WhatIsNotKnownIsNeverPassedOver) {
  EXPECT_THAT(secret(proto_field(1, proto_field(1, "db")) + proto_field(77, "new")),
              HasSubstr("unsupported: v1 Secret: a field with the number 77 is not known"));
  EXPECT_THAT(secret(proto_field(1, proto_field(99, "new"))), HasSubstr("the number 99 is not known"));
  EXPECT_THAT(secret(proto_number(3, 5)), HasSubstr("the field \"type\" is of a form that is not known"));
  EXPECT_THAT(secret(proto_field(3, "a") + proto_field(3, "b")), HasSubstr("the field \"type\""));
  EXPECT_THAT(secret(proto_field(2, proto_field(2, "value"))), HasSubstr("the field \"data\""));
  EXPECT_THAT(secret(proto_field(4, proto_field(1, "key"))), HasSubstr("the field \"stringData\""));
  EXPECT_THAT(secret(proto_field(2, proto_field(1, "k") + proto_field(2, "1")) +
                     proto_field(2, proto_field(1, "k") + proto_field(2, "2"))),
              HasSubstr("the field \"data\""));
}

// Go leaves them out of the entry when they are nil.
TEST(ProtoJson, BytesThatAreNilAreEmptyInAMap) {
  EXPECT_EQ(secret(proto_field(2, proto_field(1, "key"))), R"({"kind":"Secret","apiVersion":"v1","data":{"key":""}})");
}

TEST(ProtoJson, TimesOutsideOfFourDigitYearsAreNotKnown) {
  const auto created = [](std::uint64_t seconds) {
    return secret(proto_field(1, proto_field(8, proto_number(1, seconds) + proto_number(2, 0))));
  };
  EXPECT_EQ(created(253402300799),
            R"({"kind":"Secret","apiVersion":"v1","metadata":{"creationTimestamp":"9999-12-31T23:59:59Z"}})");
  EXPECT_THAT(created(253402300800), HasSubstr("unsupported"));
  EXPECT_EQ(created(static_cast<std::uint64_t>(-62135596799)),
            R"({"kind":"Secret","apiVersion":"v1","metadata":{"creationTimestamp":"0001-01-01T00:00:01Z"}})");
  EXPECT_THAT(created(static_cast<std::uint64_t>(-62135596801)), HasSubstr("unsupported"));
}

TEST(ProtoJson, ACutObjectIsNeverReadAsAWholeOne) {
  const std::string whole = proto_field(1, proto_field(1, "db") + proto_field(3, "team")) +
                            proto_field(2, proto_field(1, "password") + proto_field(2, "secret")) +
                            proto_field(3, "Opaque");
  const std::string expected = secret(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(secret(whole.substr(0, size)), expected) << size;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    EXPECT_NE(secret(flipped), expected) << bit;
  }
}

}  // namespace
}  // namespace salvor::kube
