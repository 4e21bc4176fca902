// Request: everything that decides a restore's outcome besides the archive and the cluster.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "restore/modifiers.h"
#include "restore/order.h"
#include "restore/rules.h"
#include "restore/spec.h"

namespace salvor::restore {

struct Request {
  std::string name;  // the restore's
  RestoreSpec spec;  // with `backup` filled in
  Modifiers modifiers;
  Priorities priorities = Priorities::standard();
  std::map<std::string, std::string> storage_classes;
  std::vector<std::pair<std::string, std::string>> image_parts;
  std::map<std::string, VolumeMethod> volume_methods;
};

}  // namespace salvor::restore
