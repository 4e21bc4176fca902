#include "restore/rules.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::restore {
namespace {

Json parse(const char* text) { return Json::parse(text); }

// What the rules make of an object; managedFields are its own.
Json ruled(std::string_view group_resource, const char* text, const RuleContext& context = {}) {
  Json object = parse(text);
  const Json managed_fields = object["metadata"].value("managedFields", Json());
  EXPECT_TRUE(reset_metadata_and_status(object).ok());
  EXPECT_TRUE(reset(group_resource, object, managed_fields, context).ok());
  EXPECT_TRUE(adapt(group_resource, object, context).ok());
  return object;
}

TEST(MetadataReset, DropsWhatTheServerOwnsAndKeepsTheRest) {
  Json object = parse(R"({"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"1","generation":2,
    "selfLink":"s","generateName":"a-","creationTimestamp":"t","deletionTimestamp":"t","deletionGracePeriodSeconds":1,
    "ownerReferences":[{}],"managedFields":[{}],"labels":{"x":"y"},"annotations":{"k":"v"},"finalizers":["f"]},
    "spec":{"a":1},"status":{"b":2}})");
  ASSERT_TRUE(reset_metadata_and_status(object).ok());
  EXPECT_EQ(object, parse(R"({"metadata":{"name":"a","namespace":"n","labels":{"x":"y"},"annotations":{"k":"v"},
    "finalizers":["f"]},"spec":{"a":1}})"));
}

TEST(MetadataReset, RefusesAnObjectWithoutMetadata) {
  Json object = parse(R"({"spec":{}})");
  EXPECT_FALSE(reset_metadata_and_status(object).ok());
}

struct SkipCase {
  const char *kind, *object;
  bool skipped;
};

TEST(SkippedObjects, AreTheOnesThatHaveNothingToComeBackTo) {
  RuleContext context;
  context.service_accounts = {{"n", "builder"}};
  for (const SkipCase& test : {
           SkipCase{"pods", R"({"status":{"phase":"Succeeded"}})", true},
           SkipCase{"pods", R"({"status":{"phase":"Failed"}})", true},
           SkipCase{"pods", R"({"status":{"phase":"Running"}})", false},
           SkipCase{"pods", R"({})", false},
           SkipCase{"pods", R"({"metadata":{"annotations":{"kubernetes.io/config.mirror":"abc"}}})", true},
           SkipCase{"jobs.batch", R"({"status":{"completionTime":"2026-01-01T00:00:00Z"}})", true},
           SkipCase{"jobs.batch", R"({"status":{"active":1}})", false},
           SkipCase{"cronjobs.batch", R"({"status":{"completionTime":"2026-01-01T00:00:00Z"}})", false},
           SkipCase{"apiservices.apiregistration.k8s.io",
                    R"({"metadata":{"labels":{"kube-aggregator.kubernetes.io/automanaged":"onstart"}}})", true},
           SkipCase{"apiservices.apiregistration.k8s.io", R"({"metadata":{"labels":{"a":"b"}}})", false},
           SkipCase{"secrets", R"({"type":"kubernetes.io/service-account-token",
                    "metadata":{"namespace":"n","name":"builder-token-x1"}})",
                    true},
           SkipCase{"secrets", R"({"type":"kubernetes.io/service-account-token",
                    "metadata":{"namespace":"other","name":"builder-token-x1"}})",
                    false},
           SkipCase{"secrets", R"({"type":"kubernetes.io/service-account-token",
                    "metadata":{"namespace":"n","name":"builder"}})",
                    false},
           SkipCase{"secrets", R"({"type":"Opaque","metadata":{"namespace":"n","name":"builder-token-x1"}})", false},
           SkipCase{"persistentvolumes",
                    R"({"metadata":{"name":"v"},"spec":{"persistentVolumeReclaimPolicy":"Delete"}})", true},
           SkipCase{"persistentvolumes",
                    R"({"metadata":{"name":"v"},"spec":{"persistentVolumeReclaimPolicy":"Retain"}})", false},
           SkipCase{"datauploads.velero.io", R"({})", true},
       }) {
    EXPECT_EQ(reason_to_skip(test.kind, parse(test.object), context).has_value(), test.skipped) << test.object;
  }
}

TEST(Pods, LoseTheirNodeAndTheirTokenVolume) {
  const Json pod = ruled("pods", R"({"kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n1","priority":7,
    "serviceAccountName":"sa","volumes":[{"name":"sa-token-abc"},{"name":"data"}],
    "containers":[{"name":"c","volumeMounts":[{"name":"sa-token-abc"},{"name":"data"}]}],
    "initContainers":[{"name":"i","volumeMounts":[{"name":"sa-token-abc"}]}]}})");
  EXPECT_EQ(pod["spec"], parse(R"({"serviceAccountName":"sa","volumes":[{"name":"data"}],
    "containers":[{"name":"c","volumeMounts":[{"name":"data"}]}],"initContainers":[{"name":"i"}]})"));
}

TEST(Pods, NeedTheirClaimsAndTheirPriorityClass) {
  const auto related =
      related_objects("pods", parse(R"({"metadata":{"namespace":"n"},"spec":{"priorityClassName":"high",
    "volumes":[{"persistentVolumeClaim":{"claimName":"c"}},{"emptyDir":{}}]}})"));
  EXPECT_EQ(related, (std::vector<Related>{{"persistentvolumeclaims", "n", "c"},
                                           {"priorityclasses.scheduling.k8s.io", "", "high"}}));
}

TEST(Jobs, LoseTheUidOfTheirOldController) {
  const Json job = ruled("jobs.batch", R"({"metadata":{"name":"j"},"spec":{
    "selector":{"matchLabels":{"controller-uid":"u","batch.kubernetes.io/controller-uid":"u"}},
    "template":{"metadata":{"labels":{"controller-uid":"u","batch.kubernetes.io/controller-uid":"u","job-name":"j"}}}}})");
  EXPECT_EQ(job["spec"]["selector"], Json::object());
  EXPECT_EQ(job["spec"]["template"]["metadata"]["labels"], parse(R"({"job-name":"j"})"));
}

// ---- Services ----

struct ServiceCase {
  const char *name, *service, *spec;
};

TEST(Services, KeepThePortsThatSomebodyAskedFor) {
  for (
      const ServiceCase& test : {
          ServiceCase{
              "assigned ports and addresses go",
              R"({"metadata":{"name":"s"},"spec":{"type":"NodePort","clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],
                         "ports":[{"port":80,"protocol":"TCP","nodePort":30001}]}})",
              R"({"type":"NodePort","ports":[{"port":80,"protocol":"TCP"}]})"},
          ServiceCase{"headless stays headless",
                      R"({"metadata":{"name":"s"},"spec":{"clusterIP":"None","clusterIPs":["None"]}})",
                      R"({"clusterIP":"None","clusterIPs":["None"]})"},
          ServiceCase{"named port in the last applied configuration",
                      R"({"metadata":{"name":"s","annotations":{"kubectl.kubernetes.io/last-applied-configuration":
                         "{\"spec\":{\"ports\":[{\"name\":\"a\",\"nodePort\":30001}]}}"}},"spec":{"type":"NodePort",
                         "ports":[{"name":"a","nodePort":30001},{"name":"b","nodePort":30002}]}})",
                      R"({"type":"NodePort","ports":[{"name":"a","nodePort":30001},{"name":"b"}]})"},
          ServiceCase{"unnamed port in the last applied configuration, as text",
                      R"({"metadata":{"name":"s","annotations":{"kubectl.kubernetes.io/last-applied-configuration":
                         "{\"spec\":{\"ports\":[{\"nodePort\":\"30001\"}]}}"}},"spec":{"type":"NodePort",
                         "ports":[{"nodePort":30001},{"nodePort":30002}]}})",
                      R"({"type":"NodePort","ports":[{"nodePort":30001},{}]})"},
          ServiceCase{
              "port that a manager set",
              R"({"metadata":{"name":"s","managedFields":[{"fieldsV1":{"f:spec":{"f:ports":{
                         "k:{\"port\":80,\"protocol\":\"TCP\"}":{"f:nodePort":{}}}}}}]},"spec":{"type":"NodePort",
                         "ports":[{"port":80,"protocol":"TCP","nodePort":30001},{"port":81,"protocol":"TCP","nodePort":30002}]}})",
              R"({"type":"NodePort","ports":[{"port":80,"protocol":"TCP","nodePort":30001},{"port":81,"protocol":"TCP"}]})"},
          ServiceCase{
              "assigned health check port goes",
              R"({"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","externalTrafficPolicy":"Local","healthCheckNodePort":30009}})",
              R"({"type":"LoadBalancer","externalTrafficPolicy":"Local"})"},
          ServiceCase{
              "health check port that a manager set stays",
              R"({"metadata":{"name":"s","managedFields":[{"fieldsV1":{"f:spec":{"f:healthCheckNodePort":{}}}}]},
                         "spec":{"type":"LoadBalancer","externalTrafficPolicy":"Local","healthCheckNodePort":30009}})",
              R"({"type":"LoadBalancer","externalTrafficPolicy":"Local","healthCheckNodePort":30009})"},
          ServiceCase{
              "health check port of a cluster-wide policy is left alone",
              R"({"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","externalTrafficPolicy":"Cluster","healthCheckNodePort":30009}})",
              R"({"type":"LoadBalancer","externalTrafficPolicy":"Cluster","healthCheckNodePort":30009})"},
      }) {
    EXPECT_EQ(ruled("services", test.service)["spec"], parse(test.spec)) << test.name;
  }
}

TEST(Services, KeepAllPortsWhenAsked) {
  RuleContext context;
  context.preserve_node_ports = true;
  const char* spec = R"({"type":"NodePort","ports":[{"port":80,"nodePort":30001}]})";
  EXPECT_EQ(
      ruled("services", (std::string(R"({"metadata":{"name":"s"},"spec":)") + spec + "}").c_str(), context)["spec"],
      parse(spec));
}

TEST(Services, WithABrokenAnnotationAreRefused) {
  Json service = parse(R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{"}},
    "spec":{"ports":[{"nodePort":1}]}})");
  EXPECT_FALSE(reset("services", service, Json(), {}).ok());
}

// ---- accounts, secrets, bindings ----

TEST(ServiceAccounts, LoseTheirAutomaticToken) {
  const Json account =
      ruled("serviceaccounts",
            R"({"metadata":{"name":"a"},"secrets":[{"name":"mine"},{"name":"a-token-x"},{"name":"b-token-x"}]})");
  EXPECT_EQ(account["secrets"], parse(R"([{"name":"mine"},{"name":"b-token-x"}])"));
}

TEST(TokenSecrets, LoseWhatTheControllerFillsIn) {
  const Json secret = ruled("secrets", R"({"type":"kubernetes.io/service-account-token","metadata":{"name":"s",
    "annotations":{"kubernetes.io/service-account.uid":"u","kubernetes.io/service-account.name":"a"}},
    "data":{"token":"dA==","ca.crt":"Yw==","namespace":"bg==","mine":"bQ=="}})");
  EXPECT_EQ(secret["data"], parse(R"({"namespace":"bg==","mine":"bQ=="})"));
  EXPECT_EQ(secret["metadata"]["annotations"], parse(R"({"kubernetes.io/service-account.name":"a"})"));
}

TEST(Bindings, FollowMappedNamespaces) {
  RuleContext context;
  context.namespace_mapping = {{"old", "new"}};
  for (const char* kind : {"rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"}) {
    const Json binding = ruled(kind, R"({"metadata":{"name":"b"},"subjects":[{"name":"x","namespace":"old"},
      {"name":"y","namespace":"else"},{"name":"z"}]})",
                               context);
    EXPECT_EQ(binding["subjects"],
              parse(R"([{"name":"x","namespace":"new"},{"name":"y","namespace":"else"},{"name":"z"}])"));
  }
}

// ---- volumes ----

TEST(Claims, ForgetTheirOldBinding) {
  const Json claim = ruled("persistentvolumeclaims", R"({"metadata":{"name":"c","annotations":{
    "pv.kubernetes.io/bind-completed":"yes","pv.kubernetes.io/bound-by-controller":"yes",
    "volume.kubernetes.io/storage-provisioner":"p","volume.beta.kubernetes.io/storage-provisioner":"p",
    "volume.kubernetes.io/selected-node":"n","keep":"me"}},"spec":{"volumeName":"v"}})");
  EXPECT_EQ(claim["metadata"]["annotations"], parse(R"({"keep":"me"})"));
  EXPECT_EQ(claim["spec"]["volumeName"], "v");
}

TEST(Claims, OfVolumesThatAreProvisionedAnewNameNone) {
  RuleContext context;
  context.provisioned_anew = {"v"};
  EXPECT_EQ(
      ruled("persistentvolumeclaims", R"({"metadata":{"name":"c"},"spec":{"volumeName":"v","a":1}})", context)["spec"],
      parse(R"({"a":1})"));
}

TEST(Claims, NeedTheirVolumeOnlyWhenBound) {
  EXPECT_EQ(
      related_objects("persistentvolumeclaims", parse(R"({"spec":{"volumeName":"v"},"status":{"phase":"Bound"}})")),
      (std::vector<Related>{{"persistentvolumes", "", "v"}}));
  EXPECT_TRUE(
      related_objects("persistentvolumeclaims", parse(R"({"spec":{"volumeName":"v"},"status":{"phase":"Lost"}})"))
          .empty());
}

TEST(Volumes, WaitForTheClaimOfTheirName) {
  RuleContext context;
  context.namespace_mapping = {{"old", "new"}};
  const Json volume = ruled("persistentvolumes",
                            R"({"metadata":{"name":"v","annotations":{"pv.kubernetes.io/bound-by-controller":"yes"}},
    "spec":{"claimRef":{"namespace":"old","name":"c","uid":"u","resourceVersion":"5"}}})",
                            context);
  EXPECT_EQ(volume["spec"]["claimRef"], parse(R"({"namespace":"new","name":"c"})"));
  EXPECT_FALSE(volume["metadata"].contains("annotations"));
}

TEST(Volumes, ComeBackAccordingToHowTheyWereSaved) {
  const Json info =
      parse(R"([{"pvName":"snap","backupMethod":"NativeSnapshot"},{"pvName":"files","backupMethod":"PodVolumeBackup"},
    {"pvName":"csi","backupMethod":"CSISnapshot"},{"pvName":"none"}])");
  RuleContext context;
  context.volume_methods = parse_volume_methods(info);
  const auto fate = [&](const std::string& name, const std::string& policy) {
    return fate_of_volume({{"metadata", {{"name", name}}}, {"spec", {{"persistentVolumeReclaimPolicy", policy}}}},
                          context);
  };
  EXPECT_EQ(fate("snap", "Retain"), VolumeFate::native_snapshot);
  EXPECT_EQ(fate("files", "Retain"), VolumeFate::provision_anew);
  EXPECT_EQ(fate("csi", "Retain"), VolumeFate::provision_anew);
  EXPECT_EQ(fate("none", "Retain"), VolumeFate::as_it_is);
  EXPECT_EQ(fate("none", "Delete"), VolumeFate::provision_anew);
  EXPECT_EQ(fate("unknown", "Recycle"), VolumeFate::as_it_is);
}

// ---- what users change ----

TEST(StorageClasses, AreMappedInClaimsVolumesAndClaimTemplates) {
  RuleContext context;
  context.storage_classes = {{"old", "new"}};
  EXPECT_EQ(ruled("persistentvolumeclaims", R"({"kind":"PersistentVolumeClaim","metadata":{"name":"c"},
    "spec":{"storageClassName":"old"}})",
                  context)["spec"]["storageClassName"],
            "new");
  const Json set =
      ruled("statefulsets.apps", R"({"kind":"StatefulSet","metadata":{"name":"s"},"spec":{"volumeClaimTemplates":[
    {"spec":{"storageClassName":"old"}},{"spec":{"storageClassName":"other"}},{"spec":{}}]}})",
            context);
  EXPECT_EQ(set["spec"]["volumeClaimTemplates"], parse(R"([{"spec":{"storageClassName":"new"}},
    {"spec":{"storageClassName":"other"}},{"spec":{}}])"));
}

TEST(Images, AreChangedByTheFirstRowThatFits) {
  RuleContext context;
  context.image_parts = parse_image_parts(
      parse(R"({"a":"1.1.1.1:5000 , 2.2.2.2:3000","b":"abc:test,edf:test","c":"broken","d":"empty,"})"));
  ASSERT_EQ(context.image_parts.size(), 2U);
  const Json deployment =
      ruled("deployments.apps", R"({"kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{
    "containers":[{"image":"1.1.1.1:5000/abc:test"}],"initContainers":[{"image":"abc:test"},{"image":"other"}]}}}})",
            context);
  EXPECT_EQ(deployment["spec"]["template"]["spec"], parse(R"({"containers":[{"image":"2.2.2.2:3000/abc:test"}],
    "initContainers":[{"image":"edf:test"},{"image":"other"}]})"));
  EXPECT_EQ(ruled("cronjobs.batch",
                  R"({"kind":"CronJob","metadata":{"name":"c"},"spec":{"jobTemplate":{"spec":{"template":{"spec":{
    "containers":[{"image":"abc:test"}]}}}}}})",
                  context)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["image"],
            "edf:test");
}

// ---- definitions and webhooks ----

TEST(Definitions, SayInTheirSchemaThatUnknownFieldsStay) {
  const Json definition =
      ruled("customresourcedefinitions.apiextensions.k8s.io", R"({"apiVersion":"apiextensions.k8s.io/v1",
    "metadata":{"name":"d"},"spec":{"preserveUnknownFields":true,"versions":[{"schema":{"openAPIV3Schema":{"type":"object"}}},{"name":"v2"}]}})");
  EXPECT_EQ(definition["spec"], parse(R"({"versions":[{"schema":{"openAPIV3Schema":{"type":"object",
    "x-kubernetes-preserve-unknown-fields":true}}},{"name":"v2"}]})"));
}

TEST(Webhooks, HaveSideEffectsThatTheApiTakes) {
  const Json hooks = ruled("validatingwebhookconfigurations.admissionregistration.k8s.io",
                           R"({"apiVersion":"admissionregistration.k8s.io/v1","metadata":{"name":"w"},"webhooks":[
    {"sideEffects":"Unknown"},{"sideEffects":"Some"},{},{"sideEffects":"NoneOnDryRun"},{"sideEffects":"None"}]})");
  EXPECT_EQ(hooks["webhooks"], parse(R"([{"sideEffects":"None"},{"sideEffects":"None"},{"sideEffects":"None"},
    {"sideEffects":"NoneOnDryRun"},{"sideEffects":"None"}])"));
}

// ---- labels and status ----

TEST(LabelValues, AreCutAsVeleroCutsThem) {
  EXPECT_EQ(label_value("short"), "short");
  const std::string exact(63, 'a');
  EXPECT_EQ(label_value(exact), exact);
  EXPECT_EQ(label_value("this-is-a-very-long-location-name-that-will-exceed-the-length-limit"),
            "this-is-a-very-long-location-name-that-will-exceed-the-le9fd8e5");
  EXPECT_NE(label_value(std::string(64, 'a')), label_value(std::string(65, 'a')));
}

TEST(Status, IsRestoredWhenTheSpecOrTheObjectSaysSo) {
  const auto annotated = [](const char* word) {
    return Json{{"metadata", {{"annotations", {{"velero.io/restore-status", word}}}}}};
  };
  EXPECT_TRUE(wants_status(Json::object(), true));
  EXPECT_FALSE(wants_status(Json::object(), false));
  EXPECT_TRUE(wants_status(annotated(" True "), false));
  EXPECT_FALSE(wants_status(annotated("false"), true));
  EXPECT_TRUE(wants_status(annotated("maybe"), true));
}

}  // namespace
}  // namespace salvor::restore
