// Xml: a small XML document read as a tree, as S3 servers answer.
//
// Nothing of a document type is obeyed: no entities but the five of XML, nothing is fetched. Namespaces are ignored, as
// stores differ in them. The size of the text and the number of elements are bounded, so is what a hostile server can
// make us keep.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::s3 {

// An element of an Xml, which must outlive it. An absent element is empty: no text, no children.
class XmlElement {
 public:
  XmlElement() = default;

  explicit operator bool() const { return node_ != nullptr; }
  // Without a namespace prefix.
  std::string_view name() const;
  // The text directly inside, joined around comments and children; "" when there is none.
  std::string text() const;
  // The first child of that name.
  XmlElement child(std::string_view name) const;
  std::string text(std::string_view child_name) const { return child(child_name).text(); }
  // The children of that name, or all when it is empty, in order; ends at the first Error.
  Result<> each(std::string_view child_name, const std::function<Result<>(XmlElement)>& visit) const;

 private:
  friend class Xml;
  explicit XmlElement(void* node) : node_(node) {}
  void* node_ = nullptr;
};

class Xml {
 public:
  static constexpr std::size_t kMaxBytes = 8 << 20;
  static constexpr std::size_t kMaxElements = 100'000;

  // `corrupt` when the text is not well-formed, has more than one root, or is larger than the bounds.
  static Result<Xml> parse(std::string_view text);
  Xml(Xml&&) noexcept;
  ~Xml();

  XmlElement root() const;

 private:
  struct Document;
  explicit Xml(std::unique_ptr<Document> document);
  std::unique_ptr<Document> document_;
};

// `text` with & < > " ' written as entities, and control characters as character references.
std::string xml_escape(std::string_view text);

}  // namespace salvor::s3
