// The table of `salvor object ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr Flag kSourceFlags[] = {
    {.name = "from-backup", .value_name = "BACKUP", .help = "The backup to read from.", .required = true}};

constexpr std::string_view kObjectFormats[] = {"yaml", "json", "name"};
constexpr Flag kFormatFlags[] = {{.name = "output",
                                  .short_name = 'o',
                                  .kind = choice,
                                  .value_name = "FORMAT",
                                  .help = "The form of the output.",
                                  .initial = "yaml",
                                  .choices = kObjectFormats}};

constexpr FlagGroup kGetGroups[] = {{"Source", kSourceFlags}, {"Location", kLocationFlags}, {"Output", kFormatFlags}};

constexpr Positional kObject[] = {
    {.name = "OBJECT",
     .help = "RESOURCE[.GROUP]/[NAMESPACE/]NAME: deployments.apps/shop/web, or namespaces/shop for an object without a "
             "namespace."}};

constexpr Example kGetExamples[] = {
    {"Print one Secret as it was saved",
     "salvor object get secrets/shop/db-password --from-backup nightly --location /mnt/nas/backups"},
    {"Put it back by hand",
     "salvor object get configmaps/shop/settings --from-backup nightly --location /mnt/nas/backups | kubectl apply -f "
     "-"},
};

constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr Command kCommands[] = {
    {.group = "object",
     .name = "get",
     .summary = "Print one object of a backup",
     .description = "Prints one object exactly as the backup holds it, without reading the rest of the archive.",
     .positionals = kObject,
     .flags = kGetGroups,
     .examples = kGetExamples,
     .outcomes = kOutcomes,
     .run = run_object_get},
};

}  // namespace

constinit const CommandGroup kObjectCommands = {"object", "Look at single objects of a backup", kCommands};

}  // namespace salvor::cli
