// The members of kopia's JSON documents, read and written as Go's encoding/json does with a struct.
//
// A document is written again by whoever changes one member, and a newer kopia may have put in members that nobody here
// knows. So what is not asked for is kept, as text: "a":1,"b":[2] is what stands between the braces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "os/secret.h"

namespace salvor::repo {

// A member that is absent or null leaves its variable as it is; one of another type is an error that `finish` returns.
class FieldReader {
 public:
  // Requires: `object` outlives this. `what` names the document in errors. Whatever is no object is an error.
  FieldReader(Json& object, std::string_view what);

  FieldReader& read(std::string_view key, std::string& into);
  FieldReader& read(std::string_view key, std::int64_t& into);
  FieldReader& read(std::string_view key, bool& into);
  FieldReader& read(std::string_view key, Duration& into);  // nanoseconds
  FieldReader& read(std::string_view key, Time& into);      // RFC 3339
  FieldReader& read(std::string_view key, Bytes& into);     // base64
  // The same; the text is wiped where it lay.
  FieldReader& read(std::string_view key, os::Secret& into);
  // Null when the member is absent, null or of another type.
  Json* object(std::string_view key);
  Json* array(std::string_view key);

  // The members that were not asked for, as text. `corrupt` when one that was has another type.
  Result<std::string> finish();

 private:
  Json* take(std::string_view key);
  Json* mistyped(std::string_view key, std::string_view wanted);

  Json& object_;
  std::string what_;
  std::vector<std::string_view> known_;
  std::string wrong_;  // the first member of another type
};

// Writes one object behind `text`. `indented` is Go's Encoder.SetIndent("", "  ") and a line end.
class FieldWriter {
 public:
  enum class Layout { compact, indented };

  // Requires: `text` outlives this.
  explicit FieldWriter(std::string& text, Layout layout = Layout::compact);

  FieldWriter& write(std::string_view key, std::string_view value);
  FieldWriter& write(std::string_view key, std::int64_t value);
  FieldWriter& write(std::string_view key, bool value);
  FieldWriter& write(std::string_view key, const char* value) = delete;  // would be a bool
  FieldWriter& write(std::string_view key, Duration value);
  FieldWriter& write(std::string_view key, Time value);
  FieldWriter& write_base64(std::string_view key, std::string_view bytes);
  // Go's omitempty.
  FieldWriter& write_unless_empty(std::string_view key, std::string_view value);
  FieldWriter& write_unless_zero(std::string_view key, std::int64_t value);
  FieldWriter& write_unless_zero(std::string_view key, Duration value);
  // The caller appends the value to the text.
  void begin(std::string_view key);
  // Closes the object behind the members that were not known.
  void finish(std::string_view unknown);

 private:
  void separate();

  std::string& text_;
  Layout layout_;
  bool is_first_ = true;
};

}  // namespace salvor::repo
