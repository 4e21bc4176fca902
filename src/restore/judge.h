// Judge: an object that would be written against the one that is there. The plan asks it for every object that differs,
// and applying asks it again for an object that turned out to exist.
#pragma once

#include <nlohmann/json.hpp>  // Verdict holds a document by value; two sources include this header
#include <string>
#include <string_view>
#include <vector>

#include "restore/plan.h"
#include "restore/prepare.h"

namespace salvor::restore {

// Reason of an update that changes nothing but the two labels.
inline constexpr std::string_view kOnlyLabels = "the labels of this restore";

struct Verdict {
  Action action = Action::unchanged;  // unchanged, differs or update
  std::string reason;
  std::vector<FieldChange> changes;
  Json patch;           // merge patch of the object; null when only the status is to be written, or nothing
  Json label_patch;     // of the restore labels alone, for when `patch` is refused
  bool status = false;  // the backup's status is to be written: ours, created by an interrupted run
};

Result<Verdict> judge(const Preparer& preparer, const Request& request, std::string_view group_resource,
                      const Prepared& prepared, std::string_view live_text);

// The merge patch that puts the two labels on an object.
Json restore_label_patch(const Request& request);

}  // namespace salvor::restore
