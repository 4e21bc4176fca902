// What a bucket's lifecycle rules will do to objects. Only s3_storage.cc uses this.
#pragma once

#include <string>
#include <vector>

#include "s3/answers.h"
#include "store/storage.h"

namespace salvor::store {

// Of objects whose keys begin with `full_prefix`. Rules that remove old versions or unfinished uploads harm no backup.
std::vector<Threat> threats_by_rules(const std::vector<s3::LifecycleRule>& rules, const std::string& full_prefix);

}  // namespace salvor::store
