// Groups of flags that several commands share, each written once.
#pragma once

#include "cli/command.h"

namespace salvor::cli {

using enum ValueKind;

inline constexpr std::string_view kLogLevels[] = {"debug", "info", "warning", "error"};
inline constexpr std::string_view kLogFormats[] = {"text", "json"};
inline constexpr std::string_view kOutputFormats[] = {"table", "json", "yaml", "name"};
inline constexpr std::string_view kDescribeFormats[] = {"table", "plaintext", "json", "yaml", "name"};
inline constexpr std::string_view kManifestFormats[] = {"json", "yaml"};

inline constexpr Flag kClusterFlags[] = {
    {.name = "kubeconfig",
     .kind = path,
     .value_name = "FILE",
     .help = "The kubeconfig file that names the cluster. Without it the files of the KUBECONFIG variable, then "
             "~/.kube/config, then the pod's service account are used."},
    {.name = "context",
     .alias = "kubecontext",
     .value_name = "CONTEXT",
     .help = "The kubeconfig context. Without it the kubeconfig's current context is used."},
    {.name = "namespace",
     .short_name = 'n',
     .value_name = "NAMESPACE",
     .help = "The namespace of velero's own objects: schedules, and the ConfigMaps that flags refer to.",
     .initial = "velero"},
    {.name = "as", .value_name = "USER", .help = "Act as this user."},
    {.name = "as-group", .kind = list, .value_name = "GROUPS", .help = "Act as a member of these groups."},
};

inline constexpr Flag kGeneralFlags[] = {
    {.name = "features",
     .kind = list,
     .value_name = "FEATURES",
     .help = "Features to switch on, by velero's names, such as EnableAPIGroupVersions."},
    {.name = "log-level",
     .kind = choice,
     .value_name = "LEVEL",
     .help = "The least severity of the messages that are shown.",
     .initial = "warning",
     .env = "SALVOR_LOG_LEVEL",
     .choices = kLogLevels},
    {.name = "log-format",
     .kind = choice,
     .value_name = "FORMAT",
     .help = "The form of the messages: logfmt text or JSON lines.",
     .initial = "text",
     .env = "SALVOR_LOG_FORMAT",
     .choices = kLogFormats},
    {.name = "quiet", .short_name = 'q', .kind = flag, .help = "Show no progress."},
    {.name = "no-color", .kind = flag, .help = "Use no colour. A set NO_COLOR variable does the same."},
    {.name = "colorized",
     .kind = optional_bool,
     .help = "Velero's switch for colour; --colorized=false does the same as --no-color."},
    {.name = "help", .short_name = 'h', .kind = flag, .help = "Show this help."},
};

inline constexpr FlagGroup kGlobalFlagGroups[] = {{"Cluster", kClusterFlags}, {"General", kGeneralFlags}};

inline constexpr Flag kLocationFlags[] = {
    {.name = "location",
     .alias = "storage-location",
     .value_name = "LOC",
     .help = "Where backups are kept: a directory, a file:// or s3:// URL, or the name of a configured location.",
     .env = "SALVOR_LOCATION",
     .required = true},
    {.name = "cacert",
     .kind = path,
     .value_name = "FILE",
     .help = "Certificates to trust, in PEM form, when the location is reached over TLS."},
    {.name = "insecure-skip-tls-verify",
     .kind = flag,
     .help = "Do not check the location's TLS certificate. Anyone on the network path can then read and change what is "
             "sent; for experiments only."},
};

// What both backups and restores select by.
inline constexpr Flag kSelectionFlags[] = {
    {.name = "include-namespaces",
     .kind = list,
     .value_name = "NAMESPACES",
     .help = "Namespaces to take; '*' takes all. Globs are allowed.",
     .initial = "*"},
    {.name = "exclude-namespaces", .kind = list, .value_name = "NAMESPACES", .help = "Namespaces to leave out."},
    {.name = "include-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Resources to take, as resource.group (deployments.apps, secrets); '*' takes all."},
    {.name = "exclude-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Resources to leave out, as resource.group."},
    {.name = "include-cluster-resources",
     .kind = optional_bool,
     .help = "Take cluster-scoped resources: all of them (true), none (false), or, when the flag is absent, those that "
             "belong to what is taken."},
    {.name = "selector",
     .short_name = 'l',
     .value_name = "SELECTOR",
     .help = "Take only objects whose labels match, e.g. 'app=web,tier!=cache'."},
    {.name = "or-selector",
     .value_name = "SELECTORS",
     .help = "Take objects that match at least one of several selectors, divided by ' or ': 'app=web or app=db'."},
};

inline constexpr std::string_view kSelector[] = {"selector"};
inline constexpr std::string_view kOrSelector[] = {"or-selector"};

// Metadata of the Backup or Restore that is made.
inline constexpr Flag kMetadataFlags[] = {
    {.name = "labels", .kind = map, .value_name = "K=V,...", .help = "Labels to put on it."},
    {.name = "annotations", .kind = map, .value_name = "K=V,...", .help = "Annotations to put on it."},
};

inline constexpr Flag kOutputFlag = {.name = "output",
                                     .short_name = 'o',
                                     .kind = choice,
                                     .value_name = "FORMAT",
                                     .help = "The form of the output.",
                                     .initial = "table",
                                     .choices = kOutputFormats};
inline constexpr Flag kNoHeadersFlag = {
    .name = "no-headers", .kind = flag, .help = "Leave out the line of column names in a table."};

inline constexpr Flag kOutputFlags[] = {kOutputFlag, kNoHeadersFlag};

inline constexpr Flag kLabelColumnFlags[] = {
    {.name = "show-labels", .kind = flag, .help = "Show all labels in a last column."},
    {.name = "label-columns",
     .short_name = 'L',
     .kind = list,
     .value_name = "LABELS",
     .help = "Show the values of these labels, each in a column of its own."},
};

// The `get` commands, which list.
inline constexpr Flag kListFlags[] = {
    {.name = "selector", .short_name = 'l', .value_name = "SELECTOR", .help = "Show only those whose labels match."},
    kOutputFlag,
    kNoHeadersFlag,
    kLabelColumnFlags[0],
    kLabelColumnFlags[1],
};

inline constexpr Flag kDescribeFlags[] = {
    {.name = "selector",
     .short_name = 'l',
     .value_name = "SELECTOR",
     .help = "Describe those whose labels match, when no name is given."},
    {.name = "details", .kind = flag, .help = "Show also every object and every volume."},
    {.name = "output",
     .short_name = 'o',
     .kind = choice,
     .value_name = "FORMAT",
     .help = "The form of the output; plaintext is velero's word for table.",
     .initial = "table",
     .choices = kDescribeFormats},
};

inline constexpr Flag kTimeoutFlag = {.name = "timeout",
                                      .kind = duration,
                                      .value_name = "DURATION",
                                      .help = "How long to wait for the location to answer.",
                                      .initial = "1m"};
inline constexpr Flag kTimeoutFlags[] = {kTimeoutFlag};

// velero's create commands take these and have no table to put them in; nor has salvor's.
inline constexpr FlagGroup kIgnoredGroup = {"Accepted as velero does, without effect", kLabelColumnFlags};

inline constexpr std::string_view kFromFile[] = {"from-file"};

}  // namespace salvor::cli
