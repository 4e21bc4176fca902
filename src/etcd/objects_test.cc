// Kubernetes' keys and values.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "codec/protobuf.h"
#include "etcd/encryption_config.h"
#include "etcd/kube_key.h"
#include "etcd/stored_object.h"

namespace salvor::etcd {
namespace {

using ::testing::HasSubstr;

std::string parts(std::string_view key) {
  const auto found = parse_kube_key(key);
  return found ? found->group_resource() + " " + found->ns + " " + found->name : "none";
}

TEST(KubeKeys, NameTheObjectOfAPath) {
  EXPECT_EQ(parts("/registry/secrets/shop/db"), "secrets shop db");
  EXPECT_EQ(parts("/registry/deployments/shop/web"), "deployments.apps shop web");
  EXPECT_EQ(parts("/registry/services/specs/shop/web"), "services shop web");
  EXPECT_EQ(parts("/registry/services/endpoints/shop/web"), "endpoints shop web");
  EXPECT_EQ(parts("/registry/minions/node1"), "nodes  node1");
  EXPECT_EQ(parts("/registry/ingress/shop/web"), "ingresses.networking.k8s.io shop web");
  EXPECT_EQ(parts("/registry/clusterroles/system:node"), "clusterroles.rbac.authorization.k8s.io  system:node");
  EXPECT_EQ(parts("/registry/example.com/widgets/shop/w"), "widgets.example.com shop w");
  EXPECT_EQ(parts("/registry/example.com/things/w"), "things.example.com  w");
  EXPECT_EQ(parts("/registry/apiregistration.k8s.io/apiservices/v1.apps"),
            "apiservices.apiregistration.k8s.io  v1.apps");
  EXPECT_EQ(parts("/kubernetes.io/pods/shop/web"), "pods shop web");
  EXPECT_EQ(parts("/registry/newthings/shop/web"), "newthings shop web");
}

TEST(KubeKeys, AreNotFoundInOtherPaths) {
  for (const char* key :
       {"compact_rev_key", "", "/", "/registry/", "/registry/pods", "/registry/pods/", "/registry/pods/x",
        "/registry/pods/shop/", "/registry/services/other/shop/x", "/registry/a.b/", "/openshift.io//r",
        "/registry/a.b//x", "/registry/pods//x", "/elsewhere/pods/a/b"}) {
    EXPECT_EQ(parts(key), "none") << key;
  }
}

TEST(WantedObjects, AreReadAsUsersWriteThem) {
  const WantedObject one = parse_wanted_object("Deployments.apps/shop/web").value();
  EXPECT_EQ(one.of.resource + "|" + one.of.group + "|" + one.ns + "|" + one.name, "deployments|apps|shop|web");
  EXPECT_TRUE(one.of.names(*parse_kube_key("/registry/deployments/shop/web")));
  EXPECT_FALSE(parse_wanted_object("v.example.com/x").value().of.names(*parse_kube_key("/registry/a.com/v/x")));
  for (const char* text : {"", "secrets", "/x", "secrets/"}) EXPECT_FALSE(parse_wanted_object(text).ok()) << text;
}

// A Secret as protobuf: metadata{name}, data{k: v}, type.
std::string stored_secret() {
  Bytes metadata, entry, secret, type, unknown;
  codec::append_bytes_field(metadata, 1, "db");
  codec::append_bytes_field(entry, 1, "k");
  codec::append_bytes_field(entry, 2, "v");
  codec::append_bytes_field(secret, 1, as_text(metadata));
  codec::append_bytes_field(secret, 2, as_text(entry));
  codec::append_bytes_field(secret, 3, "Opaque");
  codec::append_bytes_field(type, 1, "v1");
  codec::append_bytes_field(type, 2, "Secret");
  codec::append_bytes_field(unknown, 1, as_text(type));
  codec::append_bytes_field(unknown, 2, as_text(secret));
  return std::string("k8s\0", 4) + std::string(as_text(unknown));
}

TEST(StoredObjects, AreReadFromProtobufAndJson) {
  ObjectReader reader(nullptr);
  const Json secret = reader.read("/registry/secrets/shop/db", stored_secret(), 12).value();
  EXPECT_EQ(secret["kind"], "Secret");
  EXPECT_EQ(secret["data"]["k"], "dg==");
  EXPECT_EQ(secret["metadata"]["resourceVersion"], "12");
  const Json widget = reader.read("/k", R"({"kind":"Widget","metadata":{"name":"w"}})", 3).value();
  EXPECT_EQ(widget["metadata"]["resourceVersion"], "3");
}

TEST(StoredObjects, SayWhyTheyCannotBeRead) {
  ObjectReader reader(nullptr);
  const auto why = [&](std::string_view value) { return std::string(reader.read("/k", value, 1).error().message()); };
  EXPECT_THAT(why("\xd9\xd9\xf7\xa0"), HasSubstr("CBOR"));
  EXPECT_THAT(why("k8s:enc:kms:v2:vault:xyz"), HasSubstr("KMS plugin \"vault\" (kms/v2)"));
  EXPECT_THAT(why("k8s:enc:aescbc:v1:key1:xyz"), HasSubstr("aescbc with the key \"key1\""));
  EXPECT_THAT(why("text"), HasSubstr("not known"));
  EXPECT_THAT(why(std::string_view("k8s\0\xff", 5)), HasSubstr("envelope"));
}

TEST(StoredObjects, ThatAreCutAreNeverTakenForWholeOnes) {
  const std::string whole = stored_secret();
  ObjectReader reader(nullptr);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(reader.read("/k", std::string_view(whole).substr(0, size), 1).ok()) << size;
  }
}

TEST(EncryptionConfigurations, GiveTheKeysByProviderAndName) {
  const auto keys = EncryptionKeys::parse(R"(
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: one, secret: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}]}
  - kms: {apiVersion: v2, name: vault, endpoint: "unix:///x"}
  - identity: {}
)");
  ASSERT_TRUE(keys.ok());
  EXPECT_THAT(keys->open("secretbox", "one", "short", "/k").error().message(), HasSubstr("does not open it"));
  EXPECT_THAT(keys->open("secretbox", "two", "short", "/k").error().hint(), HasSubstr("--encryption-config"));
  EXPECT_FALSE(EncryptionKeys::parse("kind: Pod").ok());
  EXPECT_FALSE(EncryptionKeys::parse("[").ok());
}

}  // namespace
}  // namespace salvor::etcd
