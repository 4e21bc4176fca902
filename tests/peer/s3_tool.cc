// s3_tool: our S3 storage on the command line, for tests/peer/s3_*_test.py.
//
//   s3_tool URL COMMAND [ARGUMENT...]     credentials from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
//
//   contract [SEED [CHECK]]     every promise of storage.h: a line "ok NAME" or "FAILED NAME: why" each
//   put KEY, refuse KEY         stores standard input, replacing or not       get KEY [OFFSET LENGTH]    prints it
//   half KEY                    writes standard input, drops the stream       remove KEY, stat KEY, list PREFIX
//   presign KEY SECONDS         undelete PREFIX                               clear-leftovers
//   lock KEY MODE RFC3339       extends or sets a retention                   hold KEY on|off
//   head KEY                    what HEAD tells                               versions PREFIX
//   settings                    versioning, lock, lifecycle                   copy FROM VERSION TO
//   delete-many PREFIX          by DeleteObjects
//
// Ends with 0, or with 1 and "CODE: message" on standard error.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include "net/curl_client.h"
#include "s3/fixed_credentials.h"
#include "s3/listing.h"
#include "s3/multipart.h"
#include "s3/protection.h"
#include "store/contract.h"
#include "store/s3_location.h"

namespace {

using namespace salvor;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Session {
  SystemClock clock;
  SystemRng rng;
  std::unique_ptr<store::S3Storage> storage;
  std::vector<std::string> arguments;

  s3::Client& client() { return storage->client(); }
  std::string argument(std::size_t index) const { return index < arguments.size() ? arguments[index] : ""; }
};

Result<> contract(Session& session) {
  const std::uint64_t seed = session.arguments.empty() ? session.rng.next() : std::stoull(session.argument(0));
  std::cout << "seed " << seed << "\n";
  SeededRng rng(seed);
  bool kept = true;
  int number = 0;
  for (const store::ContractCheck& check : store::contract_checks()) {
    if (session.arguments.size() > 1 && check.name != session.argument(1)) continue;
    const auto outcome = check.run(*session.storage, "contract/" + std::to_string(number++) + "/", rng, {});
    kept = kept && outcome.ok();
    std::cout << (outcome.ok() ? "ok " : "FAILED ") << check.name
              << (outcome.ok() ? "" : ": " + to_string(outcome.error())) << std::endl;
  }
  const auto refusing = session.storage->can_refuse();
  std::cout << "conditional writes: " << (!refusing ? "unknown" : *refusing ? "yes" : "no") << "\n";
  if (kept) return {};
  return Error(Code::internal, "promises are broken");
}

Result<> write_input(Session& session, store::Exists exists, bool commit) {
  const auto stream = TRY(session.storage->create(session.argument(0), exists, {}));
  Bytes buffer(1 << 20);
  while (std::cin) {
    std::cin.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    TRY(stream->write(ByteView(buffer).first(static_cast<std::size_t>(std::cin.gcount()))));
  }
  return commit ? stream->commit() : Result<>{};
}

Result<> get(Session& session) {
  store::ByteRange range;
  if (session.arguments.size() > 1) range = {std::stoull(session.argument(1)), std::stoull(session.argument(2))};
  const auto stream = TRY(session.storage->open(session.argument(0), range, {}));
  Bytes buffer(1 << 20);
  while (const std::size_t got = TRY(stream->read(buffer))) {
    std::cout.write(reinterpret_cast<const char*>(buffer.data()), static_cast<std::streamsize>(got));
  }
  return {};
}

Result<> head(Session& session) {
  const s3::ObjectHead head = TRY(s3::head_object(session.client(), session.argument(0), session.argument(1), {}));
  std::cout << "size " << head.size << "\nclass " << head.storage_class << "\nencryption " << head.encryption
            << "\nhold " << head.legal_hold << "\n";
  if (head.retention)
    std::cout << "lock " << head.retention->mode << " " << format_rfc3339(head.retention->until) << "\n";
  for (const auto& [name, value] : head.metadata) std::cout << "metadata " << name << "=" << value << "\n";
  return {};
}

Result<> settings(Session& session) {
  std::cout << "versioning " << TRY(s3::bucket_versioning(session.client(), {})) << "\n";
  const s3::ObjectLockRule lock = TRY(s3::bucket_object_lock(session.client(), {}));
  std::cout << "lock " << lock.enabled << " " << lock.default_mode << " " << lock.default_days << "\n";
  for (const s3::LifecycleRule& rule : TRY(s3::bucket_lifecycle(session.client(), {}))) {
    std::cout << "rule " << rule.id << " " << rule.enabled << " " << rule.prefix << " "
              << (rule.expiration_days ? std::to_string(*rule.expiration_days) : "-") << "\n";
  }
  return {};
}

Result<> delete_many(Session& session) {
  std::vector<s3::KeyVersion> objects;
  const auto collect = [&](const s3::ListedObject& object) {
    return (objects.push_back({object.key, ""}), Result<>{});
  };
  TRY(s3::list_objects(session.client(), session.argument(0), "", {.object = collect, .prefix = {}}, {}));
  for (const auto& failure : TRY(s3::delete_objects(session.client(), objects, false, {}))) {
    std::cout << "failed " << failure.key << " " << failure.code << "\n";
  }
  return {};
}

using Command = Result<> (*)(Session&);

const std::map<std::string, Command> kCommands = {
    {"contract", contract},
    {"get", get},
    {"head", head},
    {"settings", settings},
    {"delete-many", delete_many},
    {"put", [](Session& s) { return write_input(s, store::Exists::replace, true); }},
    {"refuse", [](Session& s) { return write_input(s, store::Exists::refuse, true); }},
    {"half", [](Session& s) { return write_input(s, store::Exists::replace, false); }},
    {"resume", [](Session& s) { return write_input(s, store::Exists::resume, true); }},
    {"half-resumable", [](Session& s) { return write_input(s, store::Exists::resume, false); }},
    {"remove", [](Session& s) { return s.storage->remove(s.argument(0), {}); }},
    {"stat",
     [](Session& s) -> Result<> {
       std::cout << TRY(s.storage->stat(s.argument(0), {})).size << "\n";
       return {};
     }},
    {"list",
     [](Session& s) {
       return s.storage->list(
           s.argument(0),
           [](const store::Entry& e) { return (std::cout << e.size << " " << e.key << "\n", Result<>{}); }, {});
     }},
    {"presign",
     [](Session& s) -> Result<> {
       std::cout << TRY(s.client().presign_get(s.argument(0), std::chrono::seconds(std::stol(s.argument(1))), {}))
                 << "\n";
       return {};
     }},
    {"undelete",
     [](Session& s) -> Result<> {
       std::cout << TRY(s3::undelete(s.client(), s.argument(0), [](const auto&, Time) { return true; }, {})) << "\n";
       return {};
     }},
    {"clear-leftovers",
     [](Session& s) -> Result<> {
       const auto take = [](const store::Leftover& left) {
         std::cout << left.size << " " << left.name << "\n";
         return true;
       };
       TRY(s.storage->clear_leftovers(take, {}));
       return {};
     }},
    {"lock",
     [](Session& s) -> Result<> {
       return s3::set_retention(s.client(), {s.argument(0), ""}, {s.argument(1), TRY(parse_rfc3339(s.argument(2)))},
                                false, {});
     }},
    {"hold", [](Session& s) { return s3::set_legal_hold(s.client(), {s.argument(0), ""}, s.argument(1) == "on", {}); }},
    {"versions",
     [](Session& s) {
       return s3::list_versions(s.client(), s.argument(0),
                                [](const s3::ListedVersion& v) {
                                  std::cout << (v.delete_marker ? "marker " : "version ") << v.version_id << " "
                                            << v.key << "\n";
                                  return Result<>{};
                                },
                                {});
     }},
    {"copy",
     [](Session& s) -> Result<> {
       TRY(s3::copy_object(s.client(), s.argument(0), s.argument(1), s.argument(2), {}, {}));
       return {};
     }},
};

Result<> run(Session& session, const std::string& url, const std::string& command) {
  const auto location = TRY(store::parse_location(url, {}));
  const store::S3Doors doors{
      .credentials = [](const s3::BucketConfig&) -> Result<std::shared_ptr<s3::CredentialSource>> {
        return std::shared_ptr<s3::CredentialSource>(
            std::make_shared<s3::FixedCredentials>(s3::Credentials{variable("AWS_ACCESS_KEY_ID"),
                                                                   os::Secret(variable("AWS_SECRET_ACCESS_KEY")),
                                                                   os::Secret(variable("AWS_SESSION_TOKEN")),
                                                                   {}}));
      },
      .proxy = {},
      .user_agent = "salvor/test",
      .clock = session.clock};
  session.storage = TRY(store::open_s3_location(std::get<store::S3Location>(location), session.rng, doors));
  const auto found = kCommands.find(command);
  if (found == kCommands.end()) return Error(Code::invalid, "there is no command " + command);
  return found->second(session);
}

}  // namespace

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  if (count < 3) return 2;
  Session session;
  for (int i = 3; i < count; ++i) session.arguments.emplace_back(arguments[i]);
  const auto outcome = run(session, arguments[1], arguments[2]);
  std::cout.flush();
  if (outcome.ok()) return 0;
  std::cerr << to_string(outcome.error().code()) << ": " << to_string(outcome.error()) << std::endl;
  return 1;
}
