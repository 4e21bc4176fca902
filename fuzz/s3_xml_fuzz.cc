// Any text as an answer of an S3 server: it is refused or read, and what an error document says is text.

#include <cstdint>
#include <string>

#include "input.h"
#include "s3/answers.h"
#include "s3/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor::s3;
  const std::string_view text = input_text(data, size);
  if (const auto page = parse_list(text); page.ok()) PROMISE(page->objects.size() <= size);
  if (const auto page = parse_versions(text); page.ok()) PROMISE(page->versions.size() <= size);
  if (const auto page = parse_uploads(text); page.ok()) PROMISE(page->uploads.size() <= size);
  if (const auto page = parse_parts(text); page.ok()) PROMISE(page->parts.size() <= size);
  (void)parse_created_upload(text).ok();
  (void)parse_deleted(text).ok();
  (void)parse_versioning(text).ok();
  (void)parse_object_lock(text).ok();
  (void)parse_lifecycle(text).ok();
  (void)parse_result_etag(text).ok();
  if (const auto error = parse_error(text)) PROMISE(error->code.size() <= size);
  // What we write reads back the same.
  const auto again = Xml::parse("<a>" + xml_escape(text) + "</a>");
  const bool has_nul = text.find('\0') != text.npos;
  if (again.ok() && !has_nul) PROMISE(again->root().text().size() <= size);
  return 0;
}
