#include "s3/credential_chain.h"

#include "base/guarded.h"
#include "s3/container_credentials.h"
#include "s3/credential_cache.h"
#include "s3/credential_process.h"
#include "s3/instance_metadata.h"
#include "s3/sts.h"

namespace salvor::s3 {

namespace {

// Carries a plan out. A role's source is asked first; plans are at most as deep as the planner allows.
class Executor {
 public:
  // `has_answered`: this chain has found credentials before.
  Executor(const CredentialSurroundings& around, bool has_answered, std::stop_token stop)
      : around_(around), has_answered_(has_answered), stop_(std::move(stop)) {}

  Result<Credentials> run(const CredentialPlan& plan) const {
    return std::visit([&](const auto& step) { return run(step, plan); }, plan.step);
  }

 private:
  HttpDoor to_sts() const { return {around_.http, around_.clock, around_.rng}; }
  HttpDoor to_neighbour() const { return {around_.direct_http, around_.clock, around_.rng}; }

  Result<Credentials> run(const UseKeys& step, const CredentialPlan&) const { return step.keys.copy(); }
  Result<Credentials> run(const AskContainer& step, const CredentialPlan&) const {
    return ask_container(step, around_.files, to_neighbour(), stop_);
  }
  Result<Credentials> run(const AskInstance& step, const CredentialPlan& plan) const {
    Result<Credentials> credentials = ask_instance(step, to_neighbour(), stop_);
    if (credentials.ok() || !plan.last_resort || credentials.error().code() == Code::cancelled) return credentials;
    // An instance that answered before is down, and not to be called missing.
    if (has_answered_) return credentials;
    std::vector<std::string> looked = plan.looked;
    looked.push_back(credentials.error().message());
    return nothing_found(looked);
  }
  Result<Credentials> run(const RunProcess& step, const CredentialPlan& plan) const {
    return run_credential_process(step.command_line, stop_).context(plan.description);
  }
  Result<Credentials> run(const AssumeRoleWithToken& step, const CredentialPlan& plan) const {
    return assume_role_with_token(step, plan.sts, around_.files, to_sts(), stop_);
  }
  Result<Credentials> run(const AssumeRole& step, const CredentialPlan& plan) const {
    const Credentials source = TRY(run(*step.source));
    return assume_role(step, source, plan.sts, to_sts(), stop_);
  }

  const CredentialSurroundings& around_;
  const bool has_answered_;
  const std::stop_token stop_;
};

// What CachedCredentials fetches by, and what it is called.
class Chain {
 public:
  Chain(CredentialOptions options, CredentialSurroundings around)
      : options_(std::move(options)), around_(std::move(around)) {}

  Result<Credentials> fetch(std::stop_token stop) {
    const CredentialPlan plan = TRY(plan_credentials(options_, around_.environment, around_.files));
    Result<Credentials> credentials = Executor(around_, has_answered_, stop).run(plan);
    if (!credentials.ok()) return credentials;
    has_answered_ = true;
    name_.with([&](std::string& name) { name = plan.description; });
    return credentials;
  }

  std::string name() const {
    return name_.with([](const std::string& name) { return name; });
  }
  Clock& clock() const { return around_.clock; }

 private:
  const CredentialOptions options_;
  const CredentialSurroundings around_;
  Guarded<std::string> name_{std::string("no credentials yet")};
  bool has_answered_ = false;
};

}  // namespace

std::unique_ptr<CredentialSource> make_credential_chain(CredentialOptions options,
                                                        CredentialSurroundings surroundings) {
  auto chain = std::make_shared<Chain>(std::move(options), std::move(surroundings));
  return std::make_unique<CachedCredentials>([chain](std::stop_token stop) { return chain->fetch(stop); },
                                             [chain] { return chain->name(); }, chain->clock());
}

}  // namespace salvor::s3
