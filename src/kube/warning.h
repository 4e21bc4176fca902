// What an API server has to say about a write that it took: fields it does not know and drops, kinds that go away, what
// an admission webhook thinks (RFC 9110's predecessor RFC 7234 section 5.5; apiserver's pkg/warning).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salvor::kube {

using Warnings = std::vector<std::string>;

// Appends the texts in the value of one Warning header: `299 - "unknown field \"spec.a\""`, several separated by
// commas. What is not of that form ends the reading. No more than a thousand are kept.
void append_warnings(Warnings& warnings, std::string_view header);

// The text tells that a field of the object was not stored.
bool is_loss(std::string_view warning);

}  // namespace salvor::kube
