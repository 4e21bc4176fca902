// The rules of single kinds; rules.cc decides which of them an object meets.
#pragma once

#include "restore/rules.h"

namespace salvor::restore {

// rules_workloads.cc
void reset_pod(Json& pod);
void reset_job(Json& job);
void reset_service_account(Json& account);
void reset_token_secret(Json& secret);
void change_images(Json& workload, const RuleContext& context);

// rules_service.cc
Result<> reset_service(Json& service, const Json& managed_fields, bool preserve_node_ports);

// rules_storage.cc
void reset_claim(Json& claim);
void reset_volume(Json& volume);
void adapt_claim(Json& claim, const RuleContext& context);
void adapt_volume(Json& volume, const RuleContext& context);
void change_storage_class(Json& object, const RuleContext& context);

}  // namespace salvor::restore
